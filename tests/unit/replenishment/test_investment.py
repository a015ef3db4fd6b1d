"""Service against investment."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from oms_core.replenishment.holding.distribution import DemandGrid
from oms_core.replenishment.holding.investment import Assortment, cheapest, curve
from oms_core.replenishment.holding.levels import order_up_to

_P = np.array([0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999, 0.9999])


def _assortment(means: list[float], costs: list[int]) -> Assortment:
    mean = np.array(means)
    qty = stats.gamma.ppf(_P, mean[:, None], scale=1.0)
    return Assortment(DemandGrid(pd.DataFrame(index=range(len(means))), _P, qty), mean, np.array(costs))


def test_no_assortment_of_the_same_money_is_short_of_less() -> None:
    assortment = _assortment([3.0, 8.0, 15.0], [900, 100, 300])
    for price in (2e-4, 5e-4, 1.5e-3):
        best = assortment.levels_at(price)
        money, short = best @ assortment.unit_cost_minor, assortment.grid.expected_shortage(best.astype(float)).sum()
        for change in product(range(-3, 4), repeat=3):
            other = np.maximum(best + np.array(change), np.ceil(assortment.grid.qty[:, 0]).astype(int))
            if other @ assortment.unit_cost_minor <= money:
                found = assortment.grid.expected_shortage(other.astype(float)).sum()
                # Levels are whole: a swap may win what one unit of the dearest covers.
                assert found >= short - price * assortment.unit_cost_minor.max()


def test_the_curve_rises_and_beats_one_target_for_all() -> None:
    rng = np.random.default_rng(0)
    assortment = _assortment(rng.uniform(2, 60, 200).tolist(), rng.integers(50, 5_000, 200).tolist())
    points = curve(assortment)
    assert points["investment_minor"].is_monotonic_increasing
    assert points["fill_rate"].is_monotonic_increasing
    uniform = order_up_to(assortment.grid, np.full(200, 0.95))
    investment, fill_rate, service = assortment.point(uniform)
    assert service >= 0.95
    levels = cheapest(assortment, fill_rate)
    cheaper = assortment.point(levels)
    assert cheaper[1] >= fill_rate
    assert cheaper[0] < 0.97 * investment


def test_what_is_told_to_cost_nothing_adds_nothing_to_the_investment() -> None:
    free = _assortment([5.0, 5.0], [0, 200])
    levels = free.levels_at(1e-3)
    assert levels[0] > levels[1]
    assert free.point(levels)[0] == 200 * int(np.ceil(levels[1] - 5.0))
    assert len(curve(free)) > 3


def test_what_cannot_be_answered_is_said() -> None:
    with pytest.raises(ValueError, match="beyond what the distributions"):
        cheapest(_assortment([3.0], [100]), 1.0)
    levels = pd.DataFrame({"sku": ["A", "B"], "location_id": "W", "currency": ["EUR", "USD"]})
    with pytest.raises(ValueError, match="several currencies"):
        Assortment.from_levels(levels, DemandGrid(pd.DataFrame(), _P, np.zeros((0, len(_P)))))
