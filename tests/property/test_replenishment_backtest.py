"""What must hold of any policy over any demand."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from oms_core.replenishment.backtest import LevelsInForce, Setting, run_policy
from oms_core.replenishment.ordering import POLICIES, OrderTerms

_SERIES, _DAYS = 3, 25


def _per_series(low: int, high: int) -> st.SearchStrategy[np.ndarray]:
    return arrays.arrays(np.int64, _SERIES, elements=st.integers(low, high))


@given(
    demand=arrays.arrays(np.int64, (_SERIES, _DAYS), elements=st.integers(0, 30)),
    lead=arrays.arrays(np.int64, (_SERIES, _DAYS), elements=st.integers(0, 6)),
    review=_per_series(1, 7),
    level=_per_series(0, 120),
    reorder=_per_series(0, 60),
    pack=_per_series(1, 10),
    policy=st.sampled_from(POLICIES),
    is_lost=st.booleans(),
    raised=st.integers(0, 40),
)
@settings(max_examples=200, deadline=None)
def test_demand_is_served_or_unmet_and_more_stock_serves_no_less(
    demand: np.ndarray,
    lead: np.ndarray,
    review: np.ndarray,
    level: np.ndarray,
    reorder: np.ndarray,
    pack: np.ndarray,
    policy: str,
    is_lost: bool,
    raised: int,
) -> None:
    setting = Setting(policy, review, lead, OrderTerms(pack, np.zeros_like(pack)), is_lost)
    levels = LevelsInForce(0, level, np.minimum(reorder, level), np.maximum(pack, 1))
    found = run_policy(demand, [levels], setting, measured_from=0)
    assert (found.qty_served + found.qty_unmet == found.qty_demand).all()
    assert (found.qty_demand == demand.sum(axis=1)).all()
    assert (found.qty_stock_days >= 0).all()
    assert ((found.cycles_met >= 0) & (found.cycles_met <= found.cycles)).all()
    assert (found.cycles == _DAYS // review).all()
    assert ((found.orders == 0) | (demand.sum(axis=1) > 0) | (policy == "rQ")).all()

    # What never orders in between, more on the shelf can only help; a shifted policy orders on other days.
    plenty = LevelsInForce(0, level + raised + int(demand.sum()), np.zeros_like(level), np.maximum(pack, 1))
    assert (run_policy(demand, [plenty], setting, measured_from=0).qty_unmet == 0).all()

    # Truncating the future changes nothing of the past.
    until = _DAYS - 5
    earlier = run_policy(demand[:, :until], [levels], Setting(policy, review, lead[:, :until], setting.terms, is_lost),
                         measured_from=0)  # fmt: skip
    assert (earlier.qty_unmet <= found.qty_unmet).all()
