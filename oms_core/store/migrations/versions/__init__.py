"""The scripts themselves, in order."""
