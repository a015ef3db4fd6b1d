"""Allocation: what a run sent from where and why, what it cost, and what waits."""
