"""What must hold of any policy over any demand."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from oms_core.replenishment.backtest import LevelsInForce, Setting, _sent, run_policy
from oms_core.replenishment.proposing.ordering import POLICIES

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
)
@settings(max_examples=200)
def test_demand_is_served_or_unmet_and_the_past_knows_nothing_of_the_future(
    demand: np.ndarray,
    lead: np.ndarray,
    review: np.ndarray,
    level: np.ndarray,
    reorder: np.ndarray,
    pack: np.ndarray,
    policy: str,
    is_lost: bool,
) -> None:
    setting = Setting(policy, review, lead, pack, is_lost)
    levels = LevelsInForce(0, level, np.minimum(reorder, level), np.maximum(pack, 1))
    found = run_policy(demand, [levels], setting, measured_from=0)
    assert (found.qty_served + found.qty_unmet == found.qty_demand).all()
    assert (found.qty_demand == demand.sum(axis=1)).all()
    assert (found.qty_stock_days >= 0).all()
    assert ((found.cycles_met >= 0) & (found.cycles_met <= found.cycles)).all()
    assert (found.cycles == _DAYS // review).all()
    assert ((found.orders == 0) | (demand.sum(axis=1) > 0) | (policy == "rQ")).all()

    # With all that will ever be asked for on the shelf, nothing goes unmet.
    plenty = LevelsInForce(0, level + demand.sum(), np.zeros_like(level), pack)
    assert (run_policy(demand, [plenty], setting, measured_from=0).qty_unmet == 0).all()

    # The future changes nothing of the past: cut off, and without any demand, the days before are the same.
    until = _DAYS - 5
    cut = Setting(policy, review, lead[:, :until], pack, is_lost)
    before = run_policy(demand[:, :until], [levels], cut, measured_from=0)
    quiet = np.where(np.arange(_DAYS) < until, demand, 0)
    assert (run_policy(quiet, [levels], setting, measured_from=0).qty_unmet == before.qty_unmet).all()


@given(st.integers(0, 60), st.lists(st.integers(0, 30), min_size=1, max_size=5))
@settings(max_examples=100)
def test_a_source_sends_all_that_it_has_or_all_that_is_asked_for(on_hand: int, asked: list[int]) -> None:
    source, owed = np.array([-1, *([0] * len(asked))]), np.array([7, *asked])
    sent = _sent(source, owed, np.array([on_hand, *([0] * len(asked))]))
    assert sent[0] == 7
    assert sent[1:].sum() == min(on_hand, sum(asked))
    assert ((sent >= 0) & (sent <= owed)).all()
