"""How each series' demand moves: by variability (XYZ), and by how seldom and how unevenly it comes.

Belongs here: the two classifications, from weeks of demand as planning takes it. Does not belong here: ABC, which is of
revenue (`dim_product`), what is done with a class (`oms_core.replenishment`).

Patterns are Syntetos, Boylan & Croston's (2005, J. Oper. Res. Soc. 56, 495-503, doi:10.1057/palgrave.jors.2601841):
where Croston's method errs less than exponential smoothing. Weeks, since nearly all daily demand is intermittent, and a
week is what most reviews span.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from forecasting.panel import Panel, build_panel
from oms_core.arrays import Bools, Floats, divide

WEEKS = 52
_LEAST_DAYS = 4

#: Mean weeks between weeks with demand, and squared coefficient of variation of these weeks' demand.
INTERVAL_CUT, SIZE_CUT = 1.32, 0.49
#: Coefficient of variation of all weeks' demand: X up to the first, Y up to the second.
_XYZ_CUTS = (0.5, 1.0)


def demand_classes(demand: pd.DataFrame, *, origin: date) -> pd.DataFrame:
    """Columns sku, location_id, xyz_class, demand_pattern, demand_interval_weeks, demand_size_cv2, one row a series.

    `demand` as in `forecasting.daily.forecast`, and ValueError as there. Of the 52 weeks up to `origin` those count of
    which four days or more say something about demand. A series without demand in them is Z, of no pattern (null).
    """
    panel = build_panel(demand, origin)
    weeks = weekly(panel)
    known, positive = np.isfinite(weeks), np.nan_to_num(weeks) > 0
    counts, hits = known.sum(axis=1).astype(float), positive.sum(axis=1).astype(float)
    interval = divide(counts, hits, np.nan)
    size_cv2, cv2 = _cv2(weeks, positive), _cv2(weeks, known)
    pattern = np.array([["smooth", "erratic"], ["intermittent", "lumpy"]], dtype=object)[
        (interval >= INTERVAL_CUT).astype(int), (size_cv2 >= SIZE_CUT).astype(int)
    ]
    xyz = np.array(["X", "Y", "Z"], dtype=object)[(np.sqrt(np.nan_to_num(cv2, nan=np.inf))[:, None] > _XYZ_CUTS).sum(1)]
    return panel.keys.assign(
        xyz_class=pd.Series(xyz, dtype="str"),
        demand_pattern=pd.Series(np.where(hits > 0, pattern, None), dtype="str"),
        demand_interval_weeks=interval.round(4),
        demand_size_cv2=size_cv2.round(4),
    )


def weekly(panel: Panel) -> Floats:
    """Series × the last `WEEKS` weeks: demand without one-off orders, in units a week of seven observed days; NaN where
    fewer than four days are known.
    """
    count = min(WEEKS, panel.day_count // 7)
    days = panel.usual[:, panel.day_count - 7 * count :].reshape(panel.series_count, count, 7)
    known = np.isfinite(days).sum(axis=2).astype(float)
    return np.where(known >= _LEAST_DAYS, divide(np.nansum(days, axis=2) * 7.0, known, np.nan), np.nan)


def _cv2(weeks: Floats, counted: Bools) -> Floats:
    """Squared coefficient of variation of the weeks counted; NaN where they have no mean."""
    count = counted.sum(axis=1).astype(float)
    values = np.where(counted, np.nan_to_num(weeks), 0.0)
    mean = divide(values.sum(axis=1), count, 0.0)
    variance = divide(np.square(np.where(counted, values - mean[:, None], 0.0)).sum(axis=1), count, 0.0)
    return divide(variance, np.square(mean), np.nan)
