"""Learning from demand: daily quantile forecasts, demand over protection intervals, and their back-tests.

Belongs here: features, models, calibration, accuracy; pure functions of a demand frame, an origin and a seed.
Does not belong here: frameworks, files, clocks; what stock to hold (`oms_core.replenishment`).
"""

from forecasting.accuracy import backtest
from forecasting.classes import demand_classes
from forecasting.daily import HORIZON_DAYS, QUANTILES, ForecastResult, forecast
from forecasting.hierarchy import by_channel
from forecasting.interval import GRID, MAX_PROTECTION_DAYS, IntervalDistribution, interval_demand
from forecasting.known_ahead import KnownAhead
from forecasting.overrides import Overrides
from forecasting.repairs import repairs

__all__ = [
    "GRID",
    "HORIZON_DAYS",
    "MAX_PROTECTION_DAYS",
    "QUANTILES",
    "ForecastResult",
    "IntervalDistribution",
    "KnownAhead",
    "Overrides",
    "backtest",
    "by_channel",
    "demand_classes",
    "forecast",
    "interval_demand",
    "repairs",
]
