"""What an assortment costs and covers under a set of rules."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboards.scenario.outcomes import TODAY, cheapest_at, outcome_today, outcome_under, side_by_side
from oms_core.replenishment.holding.distribution import DemandGrid
from oms_core.replenishment.holding.levels import what_if
from oms_core.replenishment.policy.targets import PolicyRule

PROBABILITIES = np.array([0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.9999])
RULES = [PolicyRule("default", "*", 0.95)]


@pytest.fixture
def grid() -> DemandGrid:
    keys = pd.DataFrame({"sku": [f"S{number}" for number in range(20)], "location_id": "W"})
    mean = np.linspace(4, 60, 20)
    qty = mean[:, None] * (0.4 + 1.6 * PROBABILITIES**2)
    return DemandGrid(keys, PROBABILITIES, qty, qty * 0.5)


@pytest.fixture
def levels(grid: DemandGrid) -> pd.DataFrame:
    observed = grid.keys.assign(
        supplier_id="SUP",
        abc_class="A",
        xyz_class="X",
        demand_pattern="smooth",
        demand_interval_weeks=1.0,
        demand_size_cv2=0.1,
        review_period_days=7,
        review_period_days_observed=7,
        lead_time_days_mean=7.0,
        lead_time_days_std=1.0,
        lead_time_days_observed=7.0,
        lead_time_scope=None,
        replenished_from=None,
        demand_correlation=None,
        service_time_days=None,
        qty_demand_std=None,
        protection_days=14,
        qty_demand_mean=grid.qty.mean(axis=1),
        qty_demand_mean_observed=grid.qty.mean(axis=1),
        unit_cost_minor=np.geomspace(50, 5_000, 20).astype(int),
        unit_margin_minor=100,
        shelf_life_days=None,
        currency="EUR",
        method="m",
    )
    return what_if(observed, grid, rules=RULES, policy_version=1)


def test_the_same_rules_give_todays_outcome(levels: pd.DataFrame, grid: DemandGrid) -> None:
    today = outcome_today(levels, grid)[0]
    assert outcome_under(levels, grid, RULES) == today
    assert today.investment_minor == levels["investment_minor"].sum()
    assert today.qty_safety_stock == levels["qty_safety_stock"].sum()


def test_a_longer_lead_time_costs_more_and_is_judged_by_its_own_distribution(
    levels: pd.DataFrame, grid: DemandGrid
) -> None:
    today = outcome_today(levels, grid)[0]
    later = outcome_under(levels, grid, [*RULES, PolicyRule("supplier", "SUP", lead_time_days=21.0)])
    assert later.investment_minor > today.investment_minor
    assert later.service_level == pytest.approx(today.service_level, abs=0.02)


def test_no_outcome_is_cheaper_than_the_frontier_for_its_fill_rate(levels: pd.DataFrame, grid: DemandGrid) -> None:
    points = outcome_today(levels, grid)[1]
    for target in (0.8, 0.9, 0.95, 0.99):
        found = outcome_under(levels, grid, [PolicyRule("default", "*", target)])
        best = cheapest_at(points, found.fill_rate)
        assert best is not None
        assert best <= found.investment_minor * 1.01
    assert cheapest_at(points, 0.001) is None
    assert cheapest_at(points.iloc[:0], 0.9) is None


def test_outcomes_stand_side_by_side_with_their_differences_from_today(levels: pd.DataFrame, grid: DemandGrid) -> None:
    today, more = outcome_today(levels, grid)[0], outcome_under(levels, grid, [PolicyRule("default", "*", 0.99)])
    rows = side_by_side({TODAY: today, "more": more}, outcome_today(levels, grid)[1], "EUR").set_index("name")
    assert rows.loc[TODAY, "investment_minor_change"] == 0
    assert rows.loc["more", "investment_minor_change"] == more.investment_minor - today.investment_minor > 0
    assert rows.loc["more", "fill_rate_change"] > 0
    assert (rows["currency"] == "EUR").all()
