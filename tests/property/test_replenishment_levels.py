"""What must hold of any level, whatever the distribution."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_core.replenishment.holding.distribution import DemandGrid
from oms_core.replenishment.holding.levels import order_up_to

PROBABILITIES = np.array([0.5, 0.75, 0.9, 0.95, 0.99, 0.9999])

steps = st.lists(st.floats(0, 1e5), min_size=6, max_size=6)
targets = st.floats(0.5, 0.9999)


def _grid(increments: list[float]) -> DemandGrid:
    return DemandGrid(pd.DataFrame(), PROBABILITIES, np.cumsum(increments)[None, :])


@given(steps, targets)
@settings(max_examples=200)
def test_the_level_reaches_its_target_and_one_unit_less_does_not(increments: list[float], target: float) -> None:
    grid = _grid(increments)
    level = order_up_to(grid, np.array([target])).astype(float)
    assert grid.probability_at_most(level)[0] >= target - 1e-6
    if level[0] > 0:
        assert grid.probability_at_most(level - 1)[0] <= target + 1e-6


@given(steps, targets, targets)
@settings(max_examples=200)
def test_a_higher_target_never_lowers_the_level(increments: list[float], one: float, other: float) -> None:
    grid = _grid(increments)
    low, high = sorted((one, other))
    assert order_up_to(grid, np.array([low]))[0] <= order_up_to(grid, np.array([high]))[0]


@given(steps, st.floats(0, 1e4), st.floats(0.05, 20), st.floats(0.05, 20))
@settings(max_examples=200)
def test_the_grid_of_a_longer_interval_is_a_distribution_and_a_share_of_one_changes_nothing(
    increments: list[float], mean: float, share: float, lead_share: float
) -> None:
    grid = _grid(increments)
    both = DemandGrid(grid.keys, grid.probabilities, grid.qty, grid.qty * 0.5)
    found = both.over(np.array([mean]), np.array([share]), np.array([mean / 2]), np.array([lead_share]))
    assert found.lead_qty is not None
    assert (np.diff(found.qty) >= 0).all()
    assert (found.qty >= 0).all()
    assert (found.lead_qty <= found.qty).all()
    one = np.ones(1)
    same = both.over(np.array([mean]), one, np.array([mean / 2]), one)
    np.testing.assert_array_equal(same.qty, both.qty)
    np.testing.assert_array_equal(same.lead_qty, both.lead_qty)
