"""What to keep: forecasts, levels, and what to buy and to move.

Belongs here: what is read for a plan and what of it is landed; past weeks planned once more.
Does not belong here: models (`forecasting`), levels and proposals (`oms_core.replenishment`).
"""
