"""Learning from demand: daily quantile forecasts, demand over protection intervals, and their back-tests.

In the order in which a night uses them:

1. Demand as it is learnt from: `panel`; what is no demand (`censoring`, `silence`, `repairs`); `classes` of series.
2. What a model may know: `features`, and what is `known_ahead`. The mean: `model`, kept as a `model_file`.
3. The spread around it: `levelset` and `spread`, corrected by `calibration`.
4. The two forecasts: `daily`, with the `choice` of a method by class; and `interval`, learnt by `interval_fit`, mixed
   over lead times by `lateness`.
5. What history cannot know: `overrides`, and `siblings` of what is new. Parts and sums of it: `hierarchy`.
6. How good it is: `accuracy`, by `metrics`, against `baselines`.

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
