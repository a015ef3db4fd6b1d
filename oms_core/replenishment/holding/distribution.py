"""The distribution of each series' demand, as quantiles: what a level covers, leaves short and fills.

Belongs here: reading a grid of quantiles, and figures of any level from it. Does not belong here: estimating it
(`forecasting.interval`), choosing levels (`levels`, `investment`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from oms_core.arrays import Floats, Ints, divide

_KEY = ["sku", "location_id"]

#: Interpolation leaves dust in the last digits; a level must not rise by a unit for it.
DUST = 1e-6

#: How the spread of a sum grows with its days: between √t, days that know nothing of each other, and t. Against a refit
#: for lead times of half to twice as long, 0.6 keeps the sum of levels within 5 %, √t within 6 (demo, 2026-11-28).
SPREAD_GROWTH = 0.6


@dataclass(frozen=True)
class DemandGrid:
    """Quantiles of each series' interval demand. `qty` is series × `probabilities`, both rising.

    Demand is whole units; its quantiles are those of the demand spread evenly over the unit below it, so that the
    smallest whole quantity that reaches a probability is their ceiling. `lead_qty` has the shape of `qty`: demand of
    the lead time alone; None counts as no lead time.
    """

    keys: pd.DataFrame
    probabilities: Floats
    qty: Floats
    lead_qty: Floats | None = None

    @classmethod
    def from_frame(cls, interval_demand: pd.DataFrame) -> DemandGrid:
        """From rows of one run of the `interval_demand` contract, in any order.

        Raises ValueError when a series lacks a probability that another has, has one twice, or falls along them.
        """
        rows = interval_demand.sort_values([*_KEY, "probability"], kind="stable")
        probabilities = np.unique(rows["probability"].to_numpy(dtype=float))
        keys = rows[_KEY].drop_duplicates().reset_index(drop=True)
        if len(rows) != len(keys) * len(probabilities) or rows.duplicated([*_KEY, "probability"]).any():
            raise ValueError("interval demand: every series needs each probability exactly once")
        if keys.empty:
            return cls(keys, np.array([0.0, 1.0]), np.zeros((0, 2)))
        if len(probabilities) < 2:
            raise ValueError("interval demand needs two probabilities or more")
        shape = (len(keys), len(probabilities))
        qty = rows["qty_demand"].to_numpy(dtype=float).reshape(shape)
        if (np.diff(qty, axis=1) < 0).any():
            raise ValueError("interval demand falls as its probability rises")
        if "qty_lead_time_demand" not in rows.columns or rows["qty_lead_time_demand"].isna().any():
            return cls(keys, probabilities, qty)
        return cls(keys, probabilities, qty, rows["qty_lead_time_demand"].to_numpy(dtype=float).reshape(shape))

    def of(self, series: pd.DataFrame) -> DemandGrid:
        """The grid in the order of `series` (sku, location_id). Raises ValueError where a series has none."""
        numbered = self.keys.reset_index(names="row")
        rows = series[_KEY].merge(numbered, on=_KEY, how="left", validate="1:1")["row"]
        if rows.isna().any():
            raise ValueError(f"no interval demand for {int(rows.isna().sum())} series")
        return self.take(rows.to_numpy(dtype=np.int64))

    def take(self, rows: Ints) -> DemandGrid:
        """The series of those row numbers, in their order."""
        lead = None if self.lead_qty is None else self.lead_qty[rows]
        return DemandGrid(self.keys.iloc[rows].reset_index(drop=True), self.probabilities, self.qty[rows], lead)

    def over(self, mean: Floats, share: Floats, lead_mean: Floats, lead_share: Floats) -> DemandGrid:
        """The grid of intervals `share` times as long, whose lead times are `lead_share` times as long, demand taken as
        even. One number a series; `mean` and `lead_mean` are its demand over interval and lead time as they are here.
        A share of 1 changes nothing.
        """
        qty = _over(self.qty, mean, share)
        lead = None if self.lead_qty is None else np.minimum(_over(self.lead_qty, lead_mean, lead_share), qty)
        return DemandGrid(self.keys, self.probabilities, qty, lead)

    def quantile(self, probability: Floats) -> Floats:
        """Demand at one probability a series, linear between grid points, flat beyond them."""
        upper = np.clip(np.searchsorted(self.probabilities, probability, side="left"), 1, len(self.probabilities) - 1)
        lower = upper - 1
        gap = self.probabilities[upper] - self.probabilities[lower]
        share = np.clip((probability - self.probabilities[lower]) / gap, 0.0, 1.0)
        rows = np.arange(len(self.qty))
        low = self.qty[rows, lower]
        return low + share * (self.qty[rows, upper] - low)

    def probability_at_most(self, level: Floats) -> Floats:
        """Probability that demand is at most `level`, one a series; a level below the grid counts as 0."""
        return _probability_at_most(self.qty, self.probabilities, level)

    def expected_shortage(self, level: Floats) -> Floats:
        """E[(D − S)⁺] of each series over its interval, base units, for whole levels."""
        return _expected_shortage(self.qty, self.probabilities, level)

    def expected_backorders(self, level: Floats) -> Floats:
        """Units short that a review period adds: E[(D − S)⁺ − (D_L − S)⁺] (Sobel 2004), D_L the lead time's demand.

        What was short before the lead time was over is the shortage of the review period before.
        """
        short = self.expected_shortage(level)
        if self.lead_qty is None:
            return short
        return np.maximum(short - _expected_shortage(self.lead_qty, self.probabilities, level), 0.0)

    @cached_property
    def review_mean(self) -> Floats:
        """Mean demand of a review period, base units."""
        return self.expected_backorders(np.zeros(len(self.qty)))

    def fill_rate(self, level: Floats) -> Floats:
        """Share of units served from the shelf under periodic review with backorders (Sobel 2004,
        M&SOM 6(1), 41-52); 1 where nothing is asked for.
        """
        missed = divide(self.expected_backorders(level), self.review_mean, 0.0)
        return np.clip(1.0 - missed, 0.0, 1.0)


def _over(qty: Floats, mean: Floats, share: Floats) -> Floats:
    spread = (qty - mean[:, None]) * (share**SPREAD_GROWTH)[:, None]
    longer = np.maximum.accumulate(np.maximum((mean * share)[:, None] + spread, 0.0), axis=1)
    return np.where(share[:, None] == 1.0, qty, longer)


def _probability_at_most(qty: Floats, probabilities: Floats, level: Floats) -> Floats:
    count = (qty <= level[:, None] + DUST).sum(axis=1)
    lower, upper = np.clip(count - 1, 0, None), np.clip(count, None, len(probabilities) - 1)
    rows = np.arange(len(qty))
    gap = qty[rows, upper] - qty[rows, lower]
    above = np.maximum(level - qty[rows, lower], 0.0)
    share = divide(above, gap, 0.0)
    found = probabilities[lower] + share * (probabilities[upper] - probabilities[lower])
    return np.where(count == 0, 0.0, np.minimum(found, probabilities[upper]))


def _expected_shortage(qty: Floats, probabilities: Floats, level: Floats) -> Floats:
    """The area between quantiles and level, and half a unit for each time that demand is above it: a quantile lies half
    a unit below its demand on average. Below the grid quantiles are taken to fall to zero.
    """
    over = np.maximum(qty - level[:, None], 0.0)
    inside = ((over[:, 1:] + over[:, :-1]) / 2 * np.diff(probabilities)).sum(axis=1)
    ends = over[:, 0] / 2 * probabilities[0] + over[:, -1] * (1.0 - probabilities[-1])
    is_short = 1.0 - _probability_at_most(qty, probabilities, level)
    shortage: Floats = inside + ends + is_short / 2
    return shortage
