"""Policies over past demand: by hand on a few days, and against theory on many."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from oms_core.replenishment.backtest import CostRates, LevelsInForce, Outcome, Setting, measures, run_policy


def _setting(policy: str, series: int, days: int, *, review: int = 1, lead: int = 0, lost: bool = False) -> Setting:
    ones = np.ones(series, dtype=np.int64)
    return Setting(policy, ones * review, np.full((series, days), lead), ones, lost)


def _levels(series: int, order_up_to: int, reorder_point: int = 0, lot: int = 1, from_day: int = 0) -> LevelsInForce:
    whole = (np.full(series, value, dtype=np.int64) for value in (order_up_to, reorder_point, lot))
    return LevelsInForce(from_day, *whole)


def _row(outcome: Outcome) -> tuple[int, ...]:
    names = ("qty_demand", "qty_served", "qty_unmet", "qty_stock_days", "orders")
    return tuple(int(getattr(outcome, name)[0]) for name in names)


def test_five_days_by_hand_with_backorders() -> None:
    # Shelf 10. Day 0 takes 6, orders 6 for day 2. Day 1 takes 7: 4 served, 3 wait, orders 7 for day 3. Day 2 gets 6:
    # 3 go to who waited, takes 1, 2 are left, orders 1. Day 3 gets 7. Day 4 gets 1.
    demand = np.array([[6, 7, 1, 0, 0]])
    found = run_policy(demand, [_levels(1, 10)], _setting("base_stock", 1, 5, lead=1), measured_from=0)
    assert _row(found) == (14, 11, 3, 4 + 0 + 2 + 9 + 10, 3)
    assert (found.cycles[0], found.cycles_met[0], found.stock_out_days[0]) == (5, 4, 1)
    assert found.qty_at_hand.tolist() == [[10, 4, 3, 9, 10]]


def test_the_same_days_with_lost_sales() -> None:
    demand = np.array([[6, 7, 1, 0, 0]])
    found = run_policy(demand, [_levels(1, 10)], _setting("base_stock", 1, 5, lead=1, lost=True), measured_from=0)
    # The three that were lost are not owed: day 1 orders 4 for day 3, and the shelf ends as full.
    assert _row(found) == (14, 11, 3, 4 + 0 + 5 + 9 + 10, 3)


def test_new_levels_hold_from_their_day_on_and_the_first_days_are_not_measured() -> None:
    demand = np.zeros((1, 6), dtype=np.int64)
    raised = [_levels(1, 5), _levels(1, 8, from_day=3)]
    found = run_policy(demand, raised, _setting("base_stock", 1, 6), measured_from=4)
    assert (found.days, found.qty_stock_days[0]) == (2, 16)
    with pytest.raises(ValueError, match="levels from its first day"):
        run_policy(demand, [_levels(1, 5, from_day=1)], _setting("base_stock", 1, 6), measured_from=0)


@pytest.mark.parametrize("target", [0.8, 0.95])
def test_a_level_set_at_a_quantile_of_the_interval_gives_that_cycle_service(target: float) -> None:
    """The last day of each review period is met with P(D over R + L ≤ S): the period as a whole a little more seldom
    only where an earlier day ran out and the order came in between, which lead time 0 excludes.
    """
    mean, review, series, days = 20.0, 7, 400, 364
    demand = np.random.default_rng(5).poisson(mean / review, (series, days))
    level = int(stats.poisson.ppf(target, mean))
    setting = _setting("RS", series, days, review=review)
    found = run_policy(demand, [_levels(series, level)], setting, measured_from=review)
    whole = measures(found, CostRates(0, 0.0, np.ones(series, dtype=int), np.ones(series, dtype=int)))
    service = whole.set_index("metric").loc["cycle_service"]
    # Periods are counted from the first measured day, reviews from each series' own: most periods span two.
    assert service["low"] < service["value"] < service["high"]
    assert float(service["value"]) == pytest.approx(stats.poisson.cdf(level, mean), abs=0.02)


def test_figures_of_an_assortment_and_their_intervals() -> None:
    outcome = Outcome(
        days=10,
        qty_demand=np.array([100, 300]),
        qty_served=np.array([90, 300]),
        qty_unmet=np.array([10, 0]),
        qty_stock_days=np.array([200, 400]),
        stock_out_days=np.array([4, 0]),
        cycles=np.array([2, 2]),
        cycles_met=np.array([1, 2]),
        orders=np.array([3, 1]),
        qty_at_hand=np.zeros((2, 10), dtype=np.int64),
    )
    rates = CostRates(1000, 0.365, np.array([100, 200]), np.array([50, 70]))
    found = measures(outcome, rates).set_index("metric")
    assert found["value"].to_dict() == pytest.approx(
        {
            "cycle_service": 0.75,
            "fill_rate": 390 / 400,
            "stock_out_days": 4,
            "qty_unmet": 10,
            "qty_stock_mean": 60,
            "stock_value_minor": 20 * 100 + 40 * 200,
            "orders": 4,
            "cost_minor": 4000 + (200 * 100 + 400 * 200) * 0.001 + 10 * 50,
        }
    )
    assert (found.loc["fill_rate", "low"], found.loc["fill_rate", "high"]) == pytest.approx((0.9, 1.0))
    assert found.equals(measures(outcome, rates).set_index("metric"))
