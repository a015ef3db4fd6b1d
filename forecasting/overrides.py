"""What planners know and history cannot tell: their overrides, applied to the mean demand of days to come.

Belongs here: changing means, day by day. Does not belong here: the spread around them (`daily`, `interval` take it
for the altered mean as for any other), which series an override covers (its rows name them).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from forecasting.panel import as_day
from oms_core.arrays import Bools, Floats, Ints

COLUMNS = ("override_ref", "kind", "value", "sku", "location_id", "first_date", "last_date", "stated_at", "known_date")


@dataclass(frozen=True)
class Overrides:
    """Overrides by series: `rows` has `COLUMNS`, one row an override and series, in the order in which they apply."""

    rows: pd.DataFrame

    @classmethod
    def none(cls) -> Overrides:
        """No override."""
        return cls(pd.DataFrame({name: [] for name in COLUMNS}))

    @classmethod
    def from_frame(cls, rows: pd.DataFrame) -> Overrides:
        """From rows in any order: what was said first applies first. Raises ValueError on an unknown kind."""
        unknown = sorted(set(rows["kind"]) - set(_ALTER))
        if unknown:
            raise ValueError(f"an override is one of {', '.join(_ALTER)}, not {', '.join(unknown)}")
        return cls(rows.sort_values(["stated_at", "override_ref"], kind="stable").reset_index(drop=True))

    def known_by(self, day: date | np.datetime64) -> Overrides:
        """Those that were known on that day."""
        known = pd.to_datetime(self.rows["known_date"]).to_numpy().astype("datetime64[D]")
        return Overrides(self.rows[known <= as_day(day)].reset_index(drop=True))

    def altered(self, keys: pd.DataFrame, mean: Floats, first_day: np.datetime64) -> Floats:
        """Means (series × days from `first_day` on, base units a day) with the overrides applied; a copy.

        `keys` (sku, location_id) go with the rows of `mean`. Demand never falls below nothing.
        """
        after = mean.copy()
        numbered = keys[["sku", "location_id"]].reset_index(names="series")
        rows = self.rows.merge(numbered, on=["sku", "location_id"], how="inner", sort=False)
        begin, end = (_day_number(rows[name], first_day) for name in ("first_date", "last_date"))
        rows = rows.assign(begin=np.maximum(begin, 0), end=np.minimum(end, mean.shape[1] - 1))
        # In the order in which overrides apply; one covers the same days of all its series.
        for _, covered in rows[rows["begin"] <= rows["end"]].groupby(["stated_at", "override_ref"], sort=True):
            kind, value, begin, end = covered[["kind", "value", "begin", "end"]].iloc[0]
            cells = np.ix_(covered["series"].to_numpy(), np.arange(begin, end + 1))
            after[cells] = np.maximum(_ALTER[str(kind)](after[cells], float(value)), 0.0)
        return after

    def begun(self, keys: pd.DataFrame, first_day: np.datetime64, day_count: int) -> Bools:
        """Whether each day (series × days from `first_day` on) is not before the series' earliest override: a launch is
        not sold before its day. Without an override all days are.
        """
        earliest = pd.to_datetime(self.rows["first_date"]).groupby([self.rows["sku"], self.rows["location_id"]]).min()
        begin = _day_number(earliest.reindex(pd.MultiIndex.from_frame(keys[["sku", "location_id"]])), first_day)
        found: Bools = np.arange(day_count) >= begin[:, None]
        return found


_ALTER: dict[str, Callable[[Floats, float], Floats]] = {
    "multiply": lambda mean, value: mean * value,
    "add": lambda mean, value: mean + value,
    "set": np.full_like,
}


def _day_number(days: pd.Series, first_day: np.datetime64) -> Ints:
    numbers: Ints = (pd.to_datetime(days).to_numpy().astype("datetime64[D]") - first_day).astype(np.int64)
    return numbers


def is_altered(before: Floats, after: Floats) -> Bools:
    """Where a mean is another."""
    return np.abs(after - before) > 1e-9


def busyness_of(altered_rate: Floats, busyness: Floats) -> Floats:
    """Share of days with demand to take the spread of an altered mean from: at least that of Poisson demand of so many
    units a day. A product's silence says nothing of a day that is said to be another.
    """
    return np.maximum(busyness, -np.expm1(-altered_rate))
