"""Runs and data quality: what ran, what came in, what was set aside, how good the forecasts are."""
