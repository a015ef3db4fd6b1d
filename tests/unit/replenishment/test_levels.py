"""Order-up-to levels and safety stock."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import norm, poisson

from oms_core.contracts.decisions import SAFETY_STOCK
from oms_core.replenishment.holding.distribution import DemandGrid
from oms_core.replenishment.holding.levels import METHOD, order_up_to, safety_stock, what_if
from oms_core.replenishment.policy.targets import PolicyRule

PROBABILITIES = (0.5, 0.9, 0.95, 0.99, 0.9999)
QTY = {"A": (10.0, 20.0, 30.5, 50.0, 90.0), "B": (0.0, 0.0, 0.0, 2.0, 4.0)}
MEANS = pd.DataFrame({"sku": ["B", "A"], "location_id": "W", "qty_demand_mean": [0.3, 12.25]})
INTERVALS = pd.DataFrame(
    {
        "sku": ["A", "B"],
        "location_id": "W",
        "supplier_id": ["SUP", None],
        "abc_class": ["A", "C"],
        "review_period_days": 7,
        "lead_time_days_mean": [14.0, 7.0],
        "lead_time_days_std": [3.0, 0.0],
        "protection_days": [21, 14],
        "unit_cost_minor": [250, 99],
        "unit_margin_minor": [100, 0],
        "shelf_life_days": pd.array([None, None], dtype="Int64"),
        "currency": "GBP",
        "supply_note": ["", "; default lead time: no supplier known"],
    }
)
CLASSES = pd.DataFrame(
    {
        "sku": ["A"],
        "location_id": "W",
        "xyz_class": "Y",
        "demand_pattern": "erratic",
        "demand_interval_weeks": 1.1,
        "demand_size_cv2": 0.6,
    }
)
RULES = [PolicyRule("default", "*", 0.95)]


def _grid_frame(qty: dict[str, tuple[float, ...]] = QTY) -> pd.DataFrame:
    rows = [
        {"sku": sku, "location_id": "W", "probability": p, "qty_demand": q}
        for sku, quantiles in qty.items()
        for p, q in zip(PROBABILITIES, quantiles, strict=True)
    ]
    return pd.DataFrame(rows)


GRID = DemandGrid.from_frame(_grid_frame())


def _tonight(rules: list[PolicyRule] = RULES) -> pd.DataFrame:
    return safety_stock(INTERVALS, MEANS, _grid_frame(), classes=CLASSES, rules=rules, policy_version=3)


def test_a_level_worked_by_hand() -> None:
    row = _tonight().set_index("sku").loc["A"]
    assert row["qty_order_up_to"] == 31
    assert row["qty_safety_stock"] == 19  # 31 − 12.25, rounded up
    assert row["qty_lead_time_demand_mean"] == pytest.approx(12.25 * 14 / 21, abs=1e-4)
    assert row["qty_reorder_point"] == 28  # 8.1667 + 19, rounded up
    assert row["investment_minor"] == 19 * 250
    assert row["service_level_expected"] == pytest.approx(0.95 + 0.04 * 0.5 / 19.5)


def test_a_series_that_hardly_sells_needs_no_stock_at_its_target_and_reports_the_service_it_gets() -> None:
    row = _tonight().set_index("sku").loc["B"]
    assert (row["qty_order_up_to"], row["qty_safety_stock"]) == (0, 0)
    assert row["service_level_expected"] == 0.95
    assert row["method"].endswith("no supplier known")


def test_the_frame_has_the_contract_s_columns_and_types() -> None:
    found = _tonight()
    names = [n for n in SAFETY_STOCK.names if n not in ("run_id", "effective_at", "business_date")]
    assert list(found.columns) == names
    pa.Table.from_pandas(found, schema=pa.schema([SAFETY_STOCK.arrow_schema.field(n) for n in names]))


def test_a_level_says_whom_it_borrows_from() -> None:
    means = MEANS.assign(borrowed_from=["6 of category TOY nearest in price", ""])
    found = safety_stock(INTERVALS, means, _grid_frame(), classes=CLASSES, rules=RULES, policy_version=3)
    notes = "; not asked for yet, as 6 of category TOY nearest in price; default lead time: no supplier known"
    assert found["method"].tolist() == [METHOD, METHOD + notes]


def test_what_if_under_the_same_rules_is_tonight_s_answer() -> None:
    levels = _tonight()
    again = what_if(levels, GRID, rules=RULES, policy_version=3)
    pd.testing.assert_frame_equal(again, levels)


def test_what_if_under_other_rules_is_what_the_night_would_decide() -> None:
    rules = [*RULES, PolicyRule("sku", "A", 0.985)]
    asked = what_if(_tonight(), GRID, rules=rules, policy_version=3)
    pd.testing.assert_frame_equal(asked, _tonight(rules))
    assert asked.set_index("sku").loc["A", "policy_scope"] == "sku:A"


EVERYTHING = [
    PolicyRule("sku", "A", review_period_days=3, holding_share=0.5, transfer_days=4),
    *RULES,
    PolicyRule("supplier", "SUP", lead_time_days=7.0),
    PolicyRule("demand_pattern", "erratic", 0.97, "fill_rate"),
    PolicyRule("sku_location", "B@W", qty_minimum=3),
]


@pytest.mark.parametrize("before", [RULES, EVERYTHING], ids=["plain", "everything"])
@pytest.mark.parametrize("after", [RULES, EVERYTHING], ids=["plain", "everything"])
def test_from_whatever_rules_were_in_force_a_what_if_is_what_the_night_would_decide(
    before: list[PolicyRule], after: list[PolicyRule]
) -> None:
    lead = _grid_frame().assign(qty_lead_time_demand=lambda grid: grid["qty_demand"] * 0.6)
    nights = [
        safety_stock(INTERVALS, MEANS, lead, classes=CLASSES, rules=rules, policy_version=3)
        for rules in (before, after)
    ]
    asked = what_if(nights[0], DemandGrid.from_frame(lead), rules=after, policy_version=3)
    pd.testing.assert_frame_equal(asked, nights[1])


def test_what_is_published_of_a_night_comes_back_as_the_same_what_if() -> None:
    """Through Parquet and back, integers with gaps are floats, and texts objects."""
    night = _tonight(EVERYTHING)
    schema = pa.schema([SAFETY_STOCK.arrow_schema.field(name) for name in night.columns])
    published = pa.Table.from_pandas(night, schema=schema, preserve_index=False).to_pandas()
    asked = what_if(published, GRID, rules=EVERYTHING, policy_version=3)
    pd.testing.assert_frame_equal(asked, night, check_dtype=False)


def test_a_lead_time_that_is_set_stands_for_the_observed_one() -> None:
    rules = [*RULES, PolicyRule("supplier", "SUP", lead_time_days=35.0)]
    row = _tonight(rules).set_index("sku").loc["A"]
    assert (row["lead_time_days_mean"], row["lead_time_days_observed"], row["lead_time_scope"]) == (
        *(35.0, 14.0),
        "supplier:SUP",
    )
    assert row["protection_days"] == 42
    assert (row["qty_demand_mean"], row["qty_demand_mean_observed"]) == (24.5, 12.25)
    # Twice the mean, and its spread by two to the power of 0.6: 24.5 + (30.5 − 12.25) · 1.5157, rounded up.
    assert row["qty_order_up_to"] == 53
    assert row["qty_lead_time_demand_mean"] == pytest.approx(24.5 * 35 / 42, abs=1e-4)
    other = _tonight(rules).set_index("sku").loc["B"]
    pd.testing.assert_series_equal(other, _tonight().set_index("sku").loc["B"])


def test_the_observed_lead_time_set_as_a_rule_changes_no_quantity() -> None:
    found = _tonight([*RULES, PolicyRule("sku", "A", lead_time_days=14.0)])
    quantities = [name for name in found.columns if name.startswith("qty_") and name != "qty_minimum"]
    pd.testing.assert_frame_equal(found[quantities], _tonight()[quantities])


def test_terms_that_are_set_are_planned_with_and_told_and_the_others_keep_their_defaults() -> None:
    rules = [
        PolicyRule("default", "*", 0.95, holding_share=0.3),
        PolicyRule("sku", "A", review_period_days=14, transfer_cost_minor=900),
    ]
    found = _tonight(rules).set_index("sku")
    told = ["holding_share", "order_cost_minor", "transfer_cost_minor", "transfer_cost_share", "transfer_days"]
    assert found.loc["A", told].tolist() == [0.3, 500, 900, 0.05, 2]
    assert found.loc["B", told].tolist() == [0.3, 500, 500, 0.05, 2]
    assert found.loc["A", "terms_set"] == (
        "review every 14 days (sku:A); holding costs 0.3 a year (default:*); a transfer costs 900 (sku:A)"
    )
    assert (found.loc["A", "review_period_days"], found.loc["A", "review_period_days_observed"]) == (14, 7)
    # 28 days instead of 21; mean and spread follow, and the lead time's demand stays.
    assert (found.loc["A", "protection_days"], found.loc["A", "qty_demand_mean"]) == (28, round(12.25 * 28 / 21, 4))
    assert found.loc["A", "qty_lead_time_demand_mean"] == pytest.approx(12.25 * 14 / 21, abs=1e-3)
    assert (found.loc["B", "review_period_days"], found.loc["B", "protection_days"]) == (7, 14)


def test_a_dearer_holding_lowers_what_is_cheapest() -> None:
    cheap, dear = (
        _tonight([PolicyRule("default", "*", 0.5, "least_cost", holding_share=share)]).set_index("sku")
        for share in (0.05, 5.0)
    )
    assert cheap.loc["A", "qty_order_up_to"] > dear.loc["A", "qty_order_up_to"]


def test_a_lead_time_is_capped_where_the_interval_is() -> None:
    assert _tonight([*RULES, PolicyRule("sku", "A", lead_time_days=365.0)])["protection_days"].tolist() == [120, 14]


def test_a_minimum_is_the_least_safety_stock() -> None:
    rules = [*RULES, PolicyRule("default", "*", 0.95, qty_minimum=25)]
    found = safety_stock(INTERVALS, MEANS, _grid_frame(), classes=CLASSES, rules=rules[1:], policy_version=1)
    row = found.set_index("sku").loc["A"]
    assert (row["qty_safety_stock"], row["qty_order_up_to"], row["minimum_scope"]) == (25, 37, "default:*")
    assert row["service_level_expected"] > 0.95
    assert _tonight([PolicyRule("default", "*", 0.95, qty_minimum=19)])["qty_safety_stock"].tolist() == [19, 19]


def test_a_minimum_does_not_keep_what_would_spoil() -> None:
    perishable = INTERVALS.assign(shelf_life_days=pd.array([30, 5], dtype="Int64"))
    rules = [PolicyRule("default", "*", 0.95, qty_minimum=100)]
    found = safety_stock(perishable, MEANS, _grid_frame(), classes=CLASSES, rules=rules, policy_version=1)
    assert found.set_index("sku")["qty_order_up_to"].to_dict() == {"A": 17, "B": 1}


def test_newsvendor_with_normal_demand_meets_snyder_and_shen_example_4_3() -> None:
    """Fundamentals of Supply Chain Theory: h = 0.18, p = 0.70, demand N(50, 8²) gives S* = 56.6039559."""
    probabilities = np.linspace(0.5, 0.9999, 4_000)
    grid = DemandGrid(pd.DataFrame(), probabilities, norm.ppf(probabilities, 50, 8)[None, :])
    critical = np.array([0.70 / 0.88])
    assert grid.quantile(critical)[0] == pytest.approx(56.6039559, abs=1e-5)
    assert order_up_to(grid, critical)[0] == 57


def test_newsvendor_with_poisson_demand_meets_snyder_and_shen_problem_4_8a() -> None:
    """Fundamentals of Supply Chain Theory: h = 200, p = 270, demand Poisson(18) gives S* = 19."""
    critical = 270 / (200 + 270)
    probabilities = np.array([0.5, critical, 0.9])
    grid = DemandGrid(pd.DataFrame(), probabilities, poisson.ppf(probabilities, 18)[None, :])
    assert order_up_to(grid, np.array([critical]))[0] == 19


def test_no_more_is_kept_than_its_shelf_life_lets_sell() -> None:
    perishable = INTERVALS.assign(shelf_life_days=pd.array([30, 5], dtype="Int64"))
    found = safety_stock(perishable, MEANS, _grid_frame(), classes=CLASSES, rules=RULES, policy_version=1)
    # A sells 12.25 in 21 days: 17.5 in 30. B sells 0.1 in 5, and a unit is the least that can be kept of it.
    assert found.set_index("sku")["qty_order_up_to"].to_dict() == {"A": 17, "B": 0}
    assert (found["qty_reorder_point"] <= found["qty_order_up_to"]).all()
    again = what_if(found, GRID, rules=RULES, policy_version=1)
    pd.testing.assert_frame_equal(again, found)


def test_a_fill_rate_takes_what_its_measure_says() -> None:
    lead = _grid_frame().assign(qty_lead_time_demand=lambda grid: grid["qty_demand"] * 0.5)
    rules = [PolicyRule("default", "*", 0.97, "fill_rate")]
    found = safety_stock(INTERVALS, MEANS, lead, classes=CLASSES, rules=rules, policy_version=1).set_index("sku")
    assert found["target_measure"].tolist() == ["fill_rate"] * 2
    assert (found["fill_rate_expected"] >= 0.97).all()
    tighter = [PolicyRule("default", "*", 0.99, "fill_rate")]
    more = safety_stock(INTERVALS, MEANS, lead, classes=CLASSES, rules=tighter, policy_version=1).set_index("sku")
    assert (more["qty_order_up_to"] > found["qty_order_up_to"]).any()


@pytest.mark.parametrize("observed", [{"lead_time_days_mean": 180.0, "protection_days": 120},
                                      {"lead_time_days_mean": 0.0, "protection_days": 7}])  # fmt: skip
@pytest.mark.parametrize("set_days", [None, 180.0, 14.0])
def test_a_fill_rate_is_a_share_of_a_review_period_s_demand_whatever_the_lead_time(
    observed: dict[str, float], set_days: float | None
) -> None:
    """Where the interval was capped nothing seemed to be sold in a review period: 0 units served 100 %. Where a rule
    stood for a lead time of 0 days, all of the interval's demand seemed to be.
    """
    days = int(observed["protection_days"])
    lead = max(days - 7, 0)
    at = np.array(PROBABILITIES)
    grid = pd.DataFrame(
        {
            "sku": "A",
            "location_id": "W",
            "probability": at,
            "qty_demand": poisson.ppf(at, 2 * days) - 0.5,
            "qty_lead_time_demand": np.maximum(poisson.ppf(at, 2 * lead) - 0.5, 0.0),
        }
    )
    of_a = INTERVALS[INTERVALS["sku"] == "A"].assign(**observed | {"lead_time_days_std": 0.0, "protection_days": days})
    means = MEANS[MEANS["sku"] == "A"].assign(qty_demand_mean=2.0 * days)
    rules = [PolicyRule("default", "*", 0.95, "fill_rate", lead_time_days=set_days)]
    (row,) = safety_stock(of_a, means, grid, classes=CLASSES, rules=rules, policy_version=1).to_dict("records")
    # A review period of a week sells fourteen: less than one of these may be short.
    assert row["fill_rate_expected"] == pytest.approx(0.95, abs=0.03)
    assert row["qty_demand_mean"] - 1 < row["qty_order_up_to"] < 1.3 * row["qty_demand_mean"] + 14
    assert row["qty_demand_mean"] - row["qty_lead_time_demand_mean"] == pytest.approx(14)


def test_least_cost_follows_the_margin_and_keeps_its_floor() -> None:
    rules = [PolicyRule("default", "*", 0.9, "least_cost")]
    found = safety_stock(INTERVALS, MEANS, _grid_frame(), classes=CLASSES, rules=rules, policy_version=1)
    # A: 100 ÷ (100 + 250 · 0.25 · 7 ÷ 365) = 0.98815: 30.5 + 19.5 · 0.95366, rounded up. B earns nothing: its 90 %.
    assert found.set_index("sku")["qty_order_up_to"].to_dict() == {"A": 50, "B": 0}


def test_a_series_without_distribution_or_mean_is_refused() -> None:
    only_a = _grid_frame({"A": QTY["A"]})
    with pytest.raises(ValueError, match="no interval demand for 1 series"):
        safety_stock(INTERVALS, MEANS, only_a, classes=CLASSES, rules=RULES, policy_version=1)
    with pytest.raises(ValueError, match="no mean demand for 1 series"):
        safety_stock(INTERVALS, MEANS.iloc[:1], _grid_frame(), classes=CLASSES, rules=RULES, policy_version=1)


def test_a_grid_with_a_gap_or_a_fall_is_refused() -> None:
    with pytest.raises(ValueError, match="exactly once"):
        DemandGrid.from_frame(_grid_frame().iloc[1:])
    with pytest.raises(ValueError, match="falls"):
        DemandGrid.from_frame(_grid_frame({"A": (5.0, 4.0, 6.0, 7.0, 8.0)}))


def test_no_series_at_all_gives_an_empty_answer() -> None:
    found = safety_stock(
        INTERVALS.iloc[:0], MEANS.iloc[:0], _grid_frame().iloc[:0], classes=CLASSES, rules=RULES, policy_version=1
    )
    assert found.empty
