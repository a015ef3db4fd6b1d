"""Safety stock: the levels in force, one series in full, and changing what they aim at."""
