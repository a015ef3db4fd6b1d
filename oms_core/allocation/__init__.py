"""Sourcing: which location ships how much of which open order line, and why.

Belongs here: the problem as data, its solver, the decisions with their reasons, and the supply that waiting lines get.
Does not belong here: what is available (`inventory`), what warehouses are told (`fulfilment`), any reading of tables.
"""
