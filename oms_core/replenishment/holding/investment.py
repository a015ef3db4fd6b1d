"""Service against investment: what the assortment's levels cost and cover, and the cheapest way to cover more.

Belongs here: the curve, today's point beside it, and the levels at any point of it. Does not belong here: the
distribution of demand (`forecasting`), the levels in force (`levels`).

A unit more of a series covers its demand with probability P(D > S), at its cost. The cheapest assortment for any amount
of expected shortage gives the next unit to whoever has the largest P(D > S) ÷ cost, until it is one price λ for all
(marginal analysis: Sherbrooke 2004, ch. 2); so a point of the curve is S = F⁻¹(1 − λ · cost) for every series.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oms_core.arrays import Floats, Ints
from oms_core.replenishment.holding.distribution import DUST, DemandGrid
from oms_core.replenishment.holding.levels import grid_in_force, order_up_to

_STEPS = 60
#: Series whose grid a processor keeps at hand while every point of a curve is found for them: half the time.
_BLOCK = 4_096


@dataclass(frozen=True)
class Assortment:
    """Series with their interval demand, its mean (base units) and the cost of a unit (minor units), row by row."""

    grid: DemandGrid
    mean: Floats
    unit_cost_minor: Ints

    @classmethod
    def from_levels(cls, levels: pd.DataFrame, interval_demand: DemandGrid) -> Assortment:
        """From rows of `fct_safety_stock` in one currency and the run's grid, which has them all.

        Raises ValueError on several currencies.
        """
        if levels["currency"].nunique() > 1:
            raise ValueError("an investment in several currencies has no sum: ask for one currency's locations")
        grid = grid_in_force(levels, interval_demand)
        cost = levels["unit_cost_minor"].to_numpy(dtype=np.int64)
        return cls(grid, levels["qty_demand_mean"].to_numpy(dtype=float), cost)

    @property
    def weighed_cost(self) -> Ints:
        """The cost that units are weighed by: what is told to cost nothing still takes a place."""
        return np.maximum(self.unit_cost_minor, 1)

    def levels_at(self, price: float) -> Ints:
        """The cheapest levels at which no unit more would cover more than `price` units of demand a minor unit."""
        wanted = np.clip(1.0 - price * self.weighed_cost, self.grid.probabilities[0], self.grid.probabilities[-1])
        return order_up_to(self.grid, wanted)

    def point(self, levels: Ints) -> tuple[int, float, float]:
        """Safety stock at cost (minor units), expected fill rate, and mean probability of covering the interval."""
        return _point(self._totals(levels))

    def _totals(self, levels: Ints) -> Floats:
        """Sums over the series: safety stock at cost, units short and asked for, probability, and the series."""
        reserve = np.ceil(np.maximum(levels - self.mean, 0.0) - DUST)
        level = levels.astype(float)
        short, covered = self.grid.expected_backorders(level).sum(), self.grid.probability_at_most(level).sum()
        asked = self.grid.review_mean.sum()
        return np.array([(reserve * self.unit_cost_minor).sum(), short, asked, covered, len(levels)])

    def _block(self, rows: Ints) -> Assortment:
        return Assortment(self.grid.take(rows), self.mean[rows], self.unit_cost_minor[rows])


def _point(totals: Floats) -> tuple[int, float, float]:
    investment, short, asked, covered, count = totals.tolist()
    return int(investment), 1.0 - short / max(asked, DUST), covered / count


def curve(assortment: Assortment, between: Callable[[], None] = lambda: None) -> pd.DataFrame:
    """The efficient frontier, cheapest first: columns investment_minor, fill_rate, service_level, price.

    `between` is called before each block of series: who reckons in the background gives way there.
    """
    prices = np.geomspace(1e-4 / assortment.weighed_cost.max(), 0.5 / assortment.weighed_cost.min(), _STEPS)[::-1]
    every = np.arange(len(assortment.mean))
    blocks = [assortment._block(every[first : first + _BLOCK]) for first in range(0, len(every), _BLOCK)]
    totals = np.zeros((len(prices), 5))
    for block in blocks:
        between()
        totals += np.array([block._totals(block.levels_at(price)) for price in prices])
    rows = [(*_point(row), price) for row, price in zip(totals, prices, strict=True)]
    points = pd.DataFrame(rows, columns=["investment_minor", "fill_rate", "service_level", "price"])
    return points.drop_duplicates("investment_minor").reset_index(drop=True)


def cheapest(assortment: Assortment, fill_rate: float) -> Ints:
    """The cheapest levels of the frontier whose expected fill rate reaches the target.

    Raises ValueError where it is beyond the grid's highest probability.
    """
    if fill_rate > assortment.grid.probabilities[-1]:
        raise ValueError(f"a fill rate of {fill_rate:g} is beyond what the distributions tell of")
    low, high = 0.0, 0.5 / float(assortment.weighed_cost.min())
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if assortment.point(assortment.levels_at(middle))[1] >= fill_rate else (low, middle)
    return assortment.levels_at(low)
