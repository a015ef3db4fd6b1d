"""A series that nobody has asked for yet is expected to sell as its siblings do.

Belongs here: who the siblings are, and averages over them. Does not belong here: series with demand of their own (the
model knows their age), what planners say of launches (`overrides`).

Complete Journey, a quarter of the products with their history cut off: scaled pinball loss of the next 28 days .369 of
nothing, .289 of the model's forecast of a first day without demand, .214 of siblings; in units .583, .495, .318, and
.346 of the whole assortment. From the first day with demand on the model loses less (.391 to .443 of siblings).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting.baselines import EMPIRICAL_DAYS, row_quantiles
from forecasting.panel import Panel
from oms_core.arrays import Bools, Floats, Ints

PRODUCT_COLUMNS = ("sku", "category", "unit_price_minor", "currency")

#: Siblings are the nearest in price among those of the category; of fewer than the least, of the whole location.
_LEAST, _MOST = 5, 20
#: A series that nobody has asked for in as many days is left to the model: after a week of that it loses less.
_LAUNCH_DAYS = 3


@dataclass(frozen=True)
class Siblings:
    """`new` numbers the series of a panel that borrow; `of[i]` those that `new[i]` borrows from, `words[i]` says who
    they are.
    """

    new: Ints
    of: tuple[Ints, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def lenders(self) -> Ints:
        """All that are borrowed from, in the order of `of`."""
        return np.concatenate([np.zeros(0, dtype=np.int64), *self.of])

    def among(self, numbers: pd.Series) -> Siblings:
        """Those of the new series that are among the numbers."""
        chosen = np.flatnonzero(np.isin(self.new, numbers))
        return Siblings(self.new[chosen], tuple(self.of[n] for n in chosen), tuple(self.words[n] for n in chosen))

    def mean(self, lent: Floats) -> Floats:
        """Average over each new series' siblings; `lent` has a number for each of `lenders`."""
        return np.array([part.mean() for part in self._parts(lent)])

    def deviation(self, lent: Floats) -> Floats:
        """Standard deviation between the siblings, likewise."""
        return np.array([part.std() for part in self._parts(lent)])

    def _parts(self, lent: Floats) -> list[Floats]:
        return np.split(lent, np.cumsum([part.size for part in self.of])[:-1]) if self.of else []

    def days(self, panel: Panel, quantiles: Floats) -> tuple[Floats, Floats]:
        """Mean (one a new series) and quantiles (new series × quantiles) of the last 91 days of all siblings."""
        recent = [panel.usual[rows, -EMPIRICAL_DAYS:].reshape(1, -1) for rows in self.of]
        mean = np.array([float(np.nanmean(found)) for found in recent])
        return mean, np.vstack([np.zeros((0, quantiles.size)), *(row_quantiles(found, quantiles) for found in recent)])


def find_siblings(panel: Panel, products: pd.DataFrame) -> Siblings:
    """Those of each series that began in the last days and was never asked for; `products` has `PRODUCT_COLUMNS`.

    Siblings are at the same location, were observed in all of the last 91 days, and are of its category; of these the
    nearest by ratio of price, where its price is known and in their currency. A location with too few has none to lend.
    """
    last = panel.day_count - 1
    is_new = (panel.sums[:, -1] == 0) & (panel.starts > last - _LAUNCH_DAYS)
    can_lend = (panel.sums[:, -1] > 0) & (panel.starts <= last + 1 - EMPIRICAL_DAYS)
    can_lend &= np.isfinite(panel.qty[:, -EMPIRICAL_DAYS:]).any(axis=1)
    traits = panel.keys.merge(products[[*PRODUCT_COLUMNS]], on="sku", how="left", validate="m:1")
    found = {}
    for series in np.flatnonzero(is_new):
        here = can_lend & (traits["location_id"] == traits.at[series, "location_id"]).to_numpy(dtype=bool)
        lenders, words = _nearest(traits, int(series), here)
        if lenders.size >= _LEAST:
            found[int(series)] = lenders, words
    return Siblings(
        np.array([*found], dtype=np.int64),
        tuple(lenders for lenders, _ in found.values()),
        tuple(words for _, words in found.values()),
    )


def _nearest(traits: pd.DataFrame, series: int, here: Bools) -> tuple[Ints, str]:
    own = traits.iloc[series]
    alike = here & (traits["category"] == own["category"]).fillna(False).to_numpy(dtype=bool)
    is_alike = alike.sum() >= _LEAST
    rows = np.flatnonzero(alike if is_alike else here)
    words = f"of category {own['category']}" if is_alike else f"at {own['location_id']}"
    price = traits["unit_price_minor"].to_numpy(dtype=float, na_value=np.nan)
    is_comparable = (traits["currency"] == own["currency"]).fillna(False).to_numpy(dtype=bool) & (price > 0)
    price = np.where(is_comparable, price, np.nan)
    distance = np.abs(np.log(price[rows] / price[series]))
    if np.isfinite(distance).any():
        rows, words = rows[np.argsort(distance, kind="stable")[:_MOST]], words + " nearest in price"
    return np.sort(rows).astype(np.int64), f"{rows.size} {words}"
