"""Data: the published tables with their documentation, a box for SQL, and how other tools read them."""
