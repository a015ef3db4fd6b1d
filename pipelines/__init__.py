"""The way the data goes: the only package that orchestrates, reads the clock and writes the warehouse.

Belongs here: homes and settings, landing and its gates, the warehouse's one writer, the Dagster graph, the
command line. Does not belong here: a business rule (`oms_core`), a model (`forecasting`), a page (`dashboards`).
"""
