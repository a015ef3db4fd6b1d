"""What it is worth to know of days to come: the forecasts of `benchmarks.forecasts`, with and without what was planned.

Complete Journey's mailers are told 28 days ahead, as shares of sales in the stores that mail a product; public holidays
are England's and the United States'. Four origins 28 days apart; Online Retail's begin before Easter.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import holidays
import numpy as np
import pandas as pd

from benchmarks.measure import Figure
from benchmarks.panels import ask, panels
from forecasting.daily import fit_daily
from forecasting.features import summarise
from forecasting.known_ahead import PROMOTION, KnownAhead
from forecasting.metrics import M5_QUANTILES, mean_loss, naive_scale
from forecasting.panel import Panel

_HORIZON = 28
_COUNTRIES = {"online_retail": "GB", "complete_journey": "US"}
_FIRST_ORIGINS = {"online_retail": 120, "complete_journey": 253}


def known_ahead(_folder: Path) -> list[Figure]:
    """SPL with what is known ahead, in ratio to that without."""
    figures = []
    for name, panel in panels().items():
        ahead = KnownAhead(
            _mailers() if name == "complete_journey" else KnownAhead.nothing().events, _days(name, panel)
        )
        told, untold = (_spl(replace(panel, known_ahead=known), name) for known in (ahead, KnownAhead.nothing()))
        title = f"known_ahead.{name}.spl"
        figures.append(
            Figure(title, round(told, 4), "SPL", f"not told {untold:.4f}", round(told / untold, 3), "≤ 1.00")
        )
    return figures


def _spl(panel: Panel, name: str) -> float:
    losses = []
    for origin in range(_FIRST_ORIGINS[name], _FIRST_ORIGINS[name] + 4 * _HORIZON, _HORIZON):
        past = panel.until(min(origin, panel.day_count - 1 - _HORIZON))
        history, last = summarise(past), past.day_count - 1
        levels = fit_daily(history, _HORIZON, seed=0).predict(history, last, _HORIZON, M5_QUANTILES)[1]
        actual = panel.qty[panel.starts <= last, last + 1 : last + 1 + _HORIZON]
        losses.append(mean_loss(actual, levels, M5_QUANTILES) / naive_scale(past))
    return float(np.nanmean(np.concatenate(losses)))


def _days(name: str, panel: Panel) -> pd.DataFrame:
    years = range(pd.Timestamp(panel.first_day).year, pd.Timestamp(panel.origin).year + 1)
    days = pd.to_datetime(sorted(holidays.country_holidays(_COUNTRIES[name], years=years)))
    return pd.DataFrame({"location_id": panel.keys["location_id"].iloc[0], "holiday_date": days})


def _mailers() -> pd.DataFrame:
    told = pd.DataFrame(ask("complete_journey_mailers"))
    first = pd.to_datetime(told["first_date"])
    return pd.DataFrame(
        {
            "kind": PROMOTION,
            "value": told["share"],
            "sku": told["sku"].astype("str"),
            "location_id": "all",
            "first_date": first,
            "last_date": first + pd.Timedelta(days=6),
            "known_date": first - pd.Timedelta(days=28),
        }
    )
