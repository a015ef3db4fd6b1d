"""The scenario page: named sets of changes side by side, and service against investment."""
