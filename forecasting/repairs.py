"""Days whose demand is not taken as it was observed: those that could not sell, and one-off orders.

Belongs here: what stands for them, and by which method. Does not belong here: which days they are (`panel`).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from forecasting.censoring import WINDOW_DAYS
from forecasting.panel import SPIKE_FACTOR, build_panel

STOCKED_OUT, ONE_OFF = "stocked_out", "one_off"

_METHODS = {
    "all day": f"mean of the days in stock of the {WINDOW_DAYS} before, else of all before",
    "part of the day": "what was sold; and where it sold out, what is expected beyond as much (product limit), "
    f"else the share of the day out of stock of the mean of the days in stock of the {WINDOW_DAYS} before",
    ONE_OFF: f"cut to {SPIKE_FACTOR:g} times the largest day before",
}


def repairs(demand: pd.DataFrame, *, origin: date) -> pd.DataFrame:
    """One row a repaired day: demand_date, sku, location_id, kind, qty_demand, qty_repaired (base units), method.

    `demand` as in `forecasting.daily.forecast`, and ValueError as there. A day's repair looks at nothing after it.
    """
    panel = build_panel(demand, origin)
    lost = np.zeros(panel.qty.shape) if panel.lost is None else panel.lost
    is_cut = panel.usual < panel.qty
    cells = {
        "all day": np.nonzero(np.isnan(panel.qty) & (lost > 0)),
        "part of the day": np.nonzero(np.isfinite(panel.qty) & (lost > 0) & ~is_cut),
        ONE_OFF: np.nonzero(is_cut),
    }
    counts = [found[0].size for found in cells.values()]
    series, day = (np.concatenate([found[axis] for found in cells.values()]) for axis in (0, 1))
    repaired = np.where(np.isnan(panel.qty[series, day]), lost[series, day], panel.usual[series, day])
    kinds = np.repeat([STOCKED_OUT, STOCKED_OUT, ONE_OFF], counts)
    methods = np.repeat([_METHODS[name] for name in cells], counts)
    observed = np.nan_to_num(panel.qty[series, day] - lost[series, day]).round().astype(np.int64)
    found = pd.DataFrame(
        {
            "demand_date": (panel.first_day + day.astype("timedelta64[D]")).astype("datetime64[s]"),
            "sku": panel.keys["sku"].take(series).array,
            "location_id": panel.keys["location_id"].take(series).array,
            "kind": pd.array(kinds, dtype="str"),
            "qty_demand": observed,
            "qty_repaired": repaired.round(4),
            "method": pd.array(methods, dtype="str"),
        }
    )
    return found.sort_values(["demand_date", "sku", "location_id"], kind="stable").reset_index(drop=True)
