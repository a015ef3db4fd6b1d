"""Inventory: what lies where, what of it may be sold, and the postings behind the number."""
