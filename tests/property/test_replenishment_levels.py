"""What must hold of any level, whatever the distribution."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_core.replenishment.distribution import DemandGrid
from oms_core.replenishment.levels import order_up_to

PROBABILITIES = np.array([0.5, 0.75, 0.9, 0.95, 0.99, 0.9999])

steps = st.lists(st.floats(0, 1e5), min_size=6, max_size=6)
targets = st.floats(0.5, 0.9999)


def _grid(increments: list[float]) -> DemandGrid:
    return DemandGrid(pd.DataFrame(), PROBABILITIES, np.cumsum(increments)[None, :])


@given(steps, targets)
@settings(max_examples=200, deadline=None)
def test_the_level_reaches_its_target_and_one_unit_less_does_not(increments: list[float], target: float) -> None:
    grid = _grid(increments)
    level = order_up_to(grid, np.array([target])).astype(float)
    assert grid.probability_at_most(level)[0] >= target - 1e-6
    if level[0] > 0:
        assert grid.probability_at_most(level - 1)[0] <= target + 1e-6


@given(steps, targets, targets)
@settings(max_examples=200, deadline=None)
def test_a_higher_target_never_lowers_the_level(increments: list[float], one: float, other: float) -> None:
    grid = _grid(increments)
    low, high = sorted((one, other))
    assert order_up_to(grid, np.array([low]))[0] <= order_up_to(grid, np.array([high]))[0]
