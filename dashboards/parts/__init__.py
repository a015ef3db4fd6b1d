"""What pages are made of: tables, charts, figures, lists, buttons that do a thing once, and how values are written."""
