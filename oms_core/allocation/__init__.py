"""Sourcing: which location ships how much of which open order line, and why.

Belongs here: the problem as data, its solver, and the decisions with their reasons.
Does not belong here: what is available (`inventory`), what warehouses are told (`fulfilment`), any reading of tables.
"""
