"""What it is worth to know of days to come: the forecasts of `benchmarks.forecasts`, with and without what was planned.

Complete Journey's mailers are told 28 days ahead, as shares of sales in the stores that mail a product; public holidays
are England's and the United States'. Four origins 28 days apart; Online Retail's begin before Easter.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measure import Figure
from benchmarks.panels import panels, public_holidays
from forecasting.daily import fit_daily
from forecasting.features import summarise
from forecasting.known_ahead import KnownAhead
from forecasting.metrics import M5_QUANTILES, mean_loss, naive_scale
from forecasting.panel import Panel

_HORIZON = 28
_FIRST_ORIGINS = {"online_retail": 120, "complete_journey": 253}


def known_ahead(_folder: Path) -> list[Figure]:
    """SPL with what is known ahead, in ratio to that without."""
    figures = []
    for name, panel in panels().items():
        ahead = panel.known_ahead if name == "complete_journey" else _holidays(panel)
        told, untold = (_spl(replace(panel, known_ahead=known), name) for known in (ahead, KnownAhead.nothing()))
        title = f"known_ahead.{name}.spl"
        figures.append(
            Figure(title, round(told, 4), "SPL", f"not told {untold:.4f}", round(told / untold, 3), "≤ 1.00")
        )
    return figures


def _holidays(panel: Panel) -> KnownAhead:
    days = pd.Series(pd.to_datetime(np.array([panel.first_day, panel.origin])))
    place = panel.keys["location_id"].iloc[0]
    return KnownAhead(KnownAhead.nothing().events, public_holidays("GB", place, days))


def _spl(panel: Panel, name: str) -> float:
    losses = []
    for origin in range(_FIRST_ORIGINS[name], _FIRST_ORIGINS[name] + 4 * _HORIZON, _HORIZON):
        past = panel.until(min(origin, panel.day_count - 1 - _HORIZON))
        history, last = summarise(past), past.day_count - 1
        levels = fit_daily(history, _HORIZON, seed=0).predict(history, last, _HORIZON, M5_QUANTILES)[1]
        actual = panel.qty[panel.starts <= last, last + 1 : last + 1 + _HORIZON]
        losses.append(mean_loss(actual, levels, M5_QUANTILES) / naive_scale(past))
    return float(np.nanmean(np.concatenate(losses)))
