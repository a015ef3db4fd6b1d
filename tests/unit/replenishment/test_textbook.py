"""Levels and the replay against the examples of Snyder & Shen, Fundamentals of Supply Chain Theory (2nd ed.), ch. 4-5.

Optimal policies and costs are those that the book prints and stockpyl 1.0.2 gives to more digits. Levels are asked of
the night's own functions; costs of policies are what the replay's days come to, against many random days.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, poisson

from oms_core.arrays import Floats
from oms_core.replenishment.backtest import LevelsInForce, Outcome, Setting, run_policy
from oms_core.replenishment.holding.distribution import DemandGrid
from oms_core.replenishment.holding.levels import least_cost_service, order_up_to

_P = np.linspace(0.0005, 0.9999, 8_000)
_SERIES = 2_000


def _critical_ratio(holding: float, short: float) -> Floats:
    """Of a unit that costs `holding` to hold for a period, here a year, and `short` where it is missing."""
    return least_cost_service(np.array([short]), np.array([holding]), np.array([365.0]), np.array([1.0]))


def _grid(quantiles: Floats) -> DemandGrid:
    return DemandGrid(pd.DataFrame({"sku": ["A"], "location_id": ["W"]}), _P, quantiles[None, :])


def _poisson_grid(mean: float) -> DemandGrid:
    """Whole demand, spread evenly over the unit below it, as the landed grid has it."""
    whole = poisson.ppf(_P, mean)
    return _grid(np.maximum(whole - 1 + (_P - poisson.cdf(whole - 1, mean)) / poisson.pmf(whole, mean), 0.0))


def test_example_4_3_newsvendor_under_normal_demand() -> None:
    grid, ratio = _grid(norm.ppf(_P, 50.0, 8.0)), _critical_ratio(0.18, 0.70)
    assert grid.quantile(ratio)[0] == pytest.approx(56.60395592743389, abs=1e-4)
    assert order_up_to(grid, ratio).tolist() == [57]


@pytest.mark.parametrize(
    ("holding", "short", "mean", "level", "cost"),
    [
        pytest.param(0.18, 0.70, 50.0, 56, 1.797235211809178, id="example 4.3 with Poisson demand"),
        pytest.param(200.0, 270.0, 18.0, 19, 786.0884409, id="problem 4.8a"),
    ],
)
def test_newsvendor_under_poisson_demand(holding: float, short: float, mean: float, level: int, cost: float) -> None:
    grid = _poisson_grid(mean)
    assert order_up_to(grid, _critical_ratio(holding, short)).tolist() == [level]
    shortage = grid.expected_shortage(np.array([float(level)]))[0]
    assert holding * (level - mean + shortage) + short * shortage == pytest.approx(cost, rel=0.003)


def test_example_4_4_base_stock_covers_lead_time_and_period() -> None:
    """Demand N(50, 8²) a period, a lead time of four: S = 5 · 50 + 8 · √5 · z of the critical ratio, 264.77."""
    grid = _grid(norm.ppf(_P, 250.0, 8.0 * 5**0.5))
    assert grid.quantile(_critical_ratio(0.18, 0.70))[0] == pytest.approx(264.7668943, abs=1e-3)


def _run(policy: str, levels: tuple[int, int, int], mean: float, lead_days: int, measured_from: int) -> Outcome:
    """`levels`: reorder point, order-up-to, lot. The same days of demand for every policy that is asked."""
    days = measured_from + 100
    demand = np.random.default_rng(0).poisson(mean, (_SERIES, days))
    reorder_point, up_to, lot = (np.full(_SERIES, level) for level in levels)
    one = np.ones(_SERIES, dtype=np.int64)
    setting = Setting(policy, one, np.full((_SERIES, days), lead_days), one)
    return run_policy(demand, [LevelsInForce(0, up_to, reorder_point, lot)], setting, measured_from=measured_from)


def _cost_4_7(reorder_point: int, up_to: int) -> float:
    """A day of example 4.7: h = 1, p = 4, K = 5. What a day is short of comes next morning, as s ≥ 0."""
    found = _run("sS", (reorder_point, up_to, 1), 6.0, 0, 20)
    total = found.qty_stock_days.sum() + 4 * found.qty_unmet.sum() + 5 * found.orders.sum()
    return float(total / (_SERIES * found.days))


def test_example_4_7_s_big_s_policy_costs_what_the_book_says_and_its_neighbours_more() -> None:
    best = _cost_4_7(4, 10)
    assert best == pytest.approx(8.034111561471, rel=0.003)
    assert all(best < _cost_4_7(*levels) for levels in ((3, 10), (5, 10), (4, 9), (4, 11)))


def test_example_5_8_r_q_policy_costs_what_the_book_says_and_its_neighbours_more() -> None:
    """h = 20, p = 150, K = 100; demand 1.5 a period, a lead time of two. A period is ten days here, its orders leave at
    a day's end and are there after so many days, the morning included: the book's time is continuous.
    """
    a_period, demand, lead = 10, 1.5, 2

    def cost(reorder_point: int, lot: int) -> float:
        found = _run("rQ", (reorder_point, reorder_point + lot, lot), demand / a_period, lead * a_period - 1, 150)
        days = _SERIES * found.days
        stock, orders = found.qty_stock_days.sum() / days, a_period * found.orders.sum() / days
        # Stock less what waits is the position, even over r + 1 to r + Q, less the demand of a lead time.
        waiting = stock - (reorder_point + (lot + 1) / 2 - found.qty_demand.sum() / days * lead * a_period)
        return float(20 * stock + 150 * waiting + 100 * orders)

    best = cost(3, 5)
    assert best == pytest.approx(107.92358063314975, rel=0.02)
    assert all(best < cost(*levels) for levels in ((2, 5), (4, 5), (3, 3), (3, 7)))
