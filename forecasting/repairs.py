"""Days whose demand is not taken as it was observed: those that could not sell, and one-off orders.

Belongs here: what stands for them, and by which method. Does not belong here: which days they are (`panel`).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from forecasting.panel import SPIKE_FACTOR, Floats, Ints, Panel, build_panel, divide

_WINDOW_DAYS = 91

STOCKED_OUT, ONE_OFF = "stocked_out", "one_off"

_METHODS = {
    STOCKED_OUT: f"mean of the days in stock of the {_WINDOW_DAYS} before, else of all before",
    ONE_OFF: f"cut to {SPIKE_FACTOR:g} times the largest day before",
}


def repairs(demand: pd.DataFrame, *, origin: date) -> pd.DataFrame:
    """One row a repaired day: demand_date, sku, location_id, kind, qty_demand, qty_repaired (base units), method.

    `demand` as in `forecasting.daily.forecast`, and ValueError as there. A day's repair looks at nothing after it.
    """
    panel = build_panel(demand, origin)
    days = np.arange(panel.day_count)
    out_series, out_days = np.nonzero(np.isnan(panel.qty) & (days > panel.starts[:, None]))
    off_series, off_days = np.nonzero(panel.usual < panel.qty)
    typical = _mean_in_stock(panel, out_series, out_days)
    series, day = np.concatenate([out_series, off_series]), np.concatenate([out_days, off_days])
    kinds = np.repeat([STOCKED_OUT, ONE_OFF], [out_series.size, off_series.size])
    found = pd.DataFrame(
        {
            "demand_date": (panel.first_day + day.astype("timedelta64[D]")).astype("datetime64[s]"),
            "sku": panel.keys["sku"].take(series).array,
            "location_id": panel.keys["location_id"].take(series).array,
            "kind": pd.array(kinds, dtype="str"),
            "qty_demand": np.concatenate([np.zeros(out_series.size), panel.qty[off_series, off_days]]).astype(np.int64),
            "qty_repaired": np.concatenate([typical, panel.usual[off_series, off_days]]).round(4),
            "method": pd.array([_METHODS[str(kind)] for kind in kinds], dtype="str"),
        }
    )
    return found.sort_values(["demand_date", "sku", "location_id"], kind="stable").reset_index(drop=True)


def _mean_in_stock(panel: Panel, series: Ints, day: Ints) -> Floats:
    recent = divide(*panel.totals(series, day - _WINDOW_DAYS, day - 1), np.nan)
    return np.where(np.isfinite(recent), recent, divide(*panel.totals(series, np.zeros_like(day), day - 1), 0.0))
