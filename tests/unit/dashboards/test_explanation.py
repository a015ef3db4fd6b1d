"""How one level came about: what its figures are made of, and what stock covers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboards.safety_stock import explanation
from dashboards.safety_stock.charts import stocked_out_spans
from oms_core.replenishment.holding.distribution import DemandGrid
from oms_core.replenishment.policy.targets import MEASURES

GRID = DemandGrid(
    pd.DataFrame({"sku": ["A"], "location_id": ["W"]}),
    np.array([0.25, 0.5, 1.0]),
    np.array([[4.0, 8.0, 16.0]]),
    np.array([[2.0, 4.0, 8.0]]),
)
LEVEL = pd.DataFrame({"sku": ["A"], "location_id": ["W"]})
SERIES: dict[str, Any] = {
    "service_level_target": 0.97,
    "target_measure": "fill_rate",
    "policy_scope": "abc_class:A",
    "review_period_days": 14,
    "review_period_days_observed": 7,
    "holding_share": 0.25,
    "terms_set": "review every 14 days (supplier:SUP-1)",
    "lead_time_days_mean": 12.0,
    "lead_time_days_std": 2.5,
    "lead_time_days_observed": 14.2,
    "lead_time_scope": "supplier:SUP-1",
    "protection_days": 19,
    "qty_demand_mean": 40.0,
    "qty_lead_time_demand_mean": 25.3,
    "qty_minimum": 1200,
    "minimum_scope": "sku_location:A%401@W",
    "shelf_life_days": None,
    "unit_cost_minor": 1250,
    "unit_margin_minor": 499,
    "currency": "EUR",
}


def test_the_distribution_has_both_spans_and_begins_at_zero() -> None:
    found = explanation.distribution(LEVEL, GRID)
    assert found["span"].unique().tolist() == [explanation.LEAD_TIME, explanation.INTERVAL]
    assert found.groupby("span")["qty"].min().tolist() == [0.0, 0.0]
    assert found.groupby("span")["probability"].agg(["min", "max"]).to_numpy().tolist() == [[0.0, 1.0], [0.0, 1.0]]


def test_a_series_that_hardly_sells_is_covered_by_nothing_at_all_with_the_chance_that_it_has() -> None:
    seldom = DemandGrid(GRID.keys, GRID.probabilities, np.array([[0.0, 0.0, 2.0]]), np.array([[0.0, 0.0, 1.0]]))
    found = explanation.distribution(LEVEL, seldom)
    assert explanation.chances(found, {"qty_on_hand": 0, "qty_reorder_point": 1}) == {
        "on_hand": 0.5,
        "reorder_point": 1.0,
    }


def test_chances_are_read_off_the_lead_time_s_distribution() -> None:
    found = explanation.distribution(LEVEL, GRID)
    assert explanation.chances(found, {"qty_on_hand": 3, "qty_reorder_point": 99}) == {
        "on_hand": pytest.approx(0.375),
        "reorder_point": 1.0,
    }


def test_without_a_lead_time_s_distribution_its_chances_are_unknown() -> None:
    found = explanation.distribution(LEVEL, DemandGrid(GRID.keys, GRID.probabilities, GRID.qty))
    assert explanation.chances(found, {"qty_on_hand": 3, "qty_reorder_point": 9}) == {
        "on_hand": None,
        "reorder_point": None,
    }
    assert explanation.distribution(LEVEL.iloc[:0], GRID.take(np.array([], dtype=np.int64))).empty


def test_every_input_says_its_figure_and_where_it_comes_from() -> None:
    rows = explanation.inputs(SERIES).set_index("input")
    assert rows.loc["Target"].tolist() == ["fill rate 97.0 %", "rule Class A of the policy"]
    assert rows.loc["Lead time L, mean"].tolist() == [
        "12.0 days",
        "rule Supplier SUP-1 of the policy; observed: 14.2 days",
    ]
    assert rows.loc["Minimum"].tolist() == ["1,200 units", "rule A@1 at W of the policy"]
    assert rows.loc["Review period R"].tolist() == ["14 days", "the policy; the supplier's: 7 days"]
    assert rows.loc["Terms that rules set", "figure"] == "review every 14 days (supplier:SUP-1)"
    assert rows.loc["Cost of a unit", "figure"] == "EUR 12.50"
    plain = {**SERIES, "qty_minimum": None, "minimum_scope": None, "lead_time_scope": None}
    bare = explanation.inputs(plain).set_index("input")
    assert bare.loc["Minimum"].tolist() == ["none", "no rule sets one"]
    assert "observed deliveries" in bare.loc["Lead time L, mean", "source"]


def test_every_measure_has_its_formula() -> None:
    assert set(explanation.FORMULAS) == set(MEASURES)
    assert all("%" not in formula for formula, _ in explanation.FORMULAS.values())


def test_days_out_of_stock_are_joined_where_they_follow_each_other() -> None:
    days = pd.date_range("2026-05-01", periods=7)
    demand = pd.DataFrame({"business_date": days, "is_stocked_out": [False, True, True, False, True, False, False]})
    spans = stocked_out_spans(demand)
    assert spans["first_date"].tolist() == [days[1], days[4]]
    assert spans["until_date"].tolist() == [days[3], days[5]]
    assert stocked_out_spans(demand.assign(is_stocked_out=False)).empty
