"""The way the data goes: the only package that orchestrates, reads the clock and writes the warehouse.

A run goes through the folders in this order: `reception`, `modelling`, `planning`, `fulfilment`, `modelling` again for
what was decided, `publication`. `assets` and `definitions` are the same as Dagster's graph, `runner` starts it.
Belongs here: homes and settings, these steps, the graph, the command line. Does not belong here: a business rule
(`oms_core`), a model (`forecasting`), a page (`dashboards`).
"""
