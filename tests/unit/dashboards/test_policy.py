"""From a planner's change to a command, and what it would do."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from dashboards.safety_stock import policy as pol
from dashboards.safety_stock.drafts import Draft
from dashboards.safety_stock.policy import Edit
from oms_core.replenishment.holding.distribution import DemandGrid
from oms_core.replenishment.policy.targets import PolicyRule, Target
from oms_core.store.operations import Policy, PolicyChange

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def policy(version: int, **levels: float) -> Policy:
    """A policy: `default`, `A`, `B`, `C`, or a SKU's name, and its level."""
    kinds = {"default": ("default", "*"), **{name: ("abc_class", name) for name in "ABC"}}
    rules = tuple(PolicyRule(*kinds.get(name, ("sku", name)), level) for name, level in levels.items())
    return Policy(version, "Ada", "why", NOW, NOW, None, rules)


CURRENT = policy(3, default=0.95, A=0.97, X1=0.99)


@pytest.fixture
def levels() -> pd.DataFrame:
    row = {
        "location_id": "WH",
        "supplier_id": "SUP",
        "abc_class": "A",
        "xyz_class": "X",
        "demand_pattern": "smooth",
        "demand_interval_weeks": 1.0,
        "demand_size_cv2": 0.1,
        "lead_time_scope": None,
        "replenished_from": None,
        "demand_correlation": None,
        "service_time_days": None,
        "qty_demand_std": None,
        "lead_time_days_observed": 7.0,
        "qty_demand_mean_observed": 10.0,
        "review_period_days": 7,
        "review_period_days_observed": 7,
        "lead_time_days_mean": 7.0,
        "lead_time_days_std": 1.0,
        "protection_days": 14,
        "qty_demand_mean": 10.0,
        "unit_cost_minor": 100,
        "unit_margin_minor": 0,
        "shelf_life_days": None,
        "currency": "EUR",
        "method": "m",
    }
    yen = {"sku": "X3", "currency": "JPY"}
    return pd.DataFrame([{**row, "sku": "X1"}, {**row, "sku": "X2"}, {**row, **yen}])


@pytest.fixture
def grid() -> DemandGrid:
    cells = [(0.5, 10.0), (0.9, 20.0), (0.97, 27.0), (0.99, 40.0), (0.9999, 60.0)]
    rows = pd.DataFrame(
        [
            {"sku": sku, "location_id": "WH", "probability": probability, "qty_demand": quantity}
            for sku in ("X1", "X2", "X3")
            for probability, quantity in cells
        ]
    )
    return DemandGrid.from_frame(rows)


SKU_X9 = ("sku", "X9")


def test_an_edit_that_is_so_already_is_no_change() -> None:
    edits = [Edit(("abc_class", "A"), "target", Target(0.97)), Edit(SKU_X9, "target", None)]
    assert pol.with_edits(CURRENT, (), edits) == ()


def test_a_thing_is_set_beside_what_the_rule_sets_already_and_taken_away_again() -> None:
    minimum = pol.with_edits(CURRENT, (), [Edit(("sku", "X1"), "qty_minimum", 5)])
    assert minimum == (PolicyChange("sku", "X1", 0.99, qty_minimum=5),)
    lead = pol.with_edits(CURRENT, minimum, [Edit(("sku", "X1"), "lead_time_days", 3.0)])
    assert lead == (PolicyChange("sku", "X1", 0.99, lead_time_days=3.0, qty_minimum=5),)
    back = pol.with_edits(CURRENT, lead, [Edit(("sku", "X1"), thing, None) for thing in pol.THINGS])
    assert back == (PolicyChange("sku", "X1"),)


def test_a_draft_that_undoes_itself_is_empty() -> None:
    draft = pol.with_edits(CURRENT, (), [Edit(SKU_X9, "qty_minimum", 5)])
    assert draft == (PolicyChange(*SKU_X9, qty_minimum=5),)
    assert pol.with_edits(CURRENT, draft, [Edit(SKU_X9, "qty_minimum", None)]) == ()


def test_rows_get_rules_of_their_own_only_where_it_is_not_so_already(levels: pd.DataFrame) -> None:
    rules = CURRENT.by_scope
    edits = pol.row_edits(levels, rules, "target", Target(0.99))
    # X1 has 99 % by its SKU's rule.
    assert [edit.scope for edit in edits] == [("sku_location", "X2@WH"), ("sku_location", "X3@WH")]
    assert pol.row_edits(levels, pol.edited(rules, edits), "target", Target(0.99)) == []
    taken = pol.row_edits(levels, pol.edited(rules, edits), "target", None)
    assert pol.edited(pol.edited(rules, edits), taken) == rules
    assert pol.row_edits(levels, rules, "qty_minimum", None) == []


def test_going_back_restores_every_rule_of_the_old_version() -> None:
    old = policy(1, default=0.9, A=0.97, B=0.95)
    changes = pol.changes_between(CURRENT.by_scope, old.by_scope)
    assert {rule.scope: rule for rule in pol.rules_after(CURRENT, changes)} == old.by_scope


def test_changes_are_told_in_words() -> None:
    changes = (PolicyChange("abc_class", "A", 0.985), PolicyChange("sku", "X1"), PolicyChange("sku", "X2", 0.9))
    assert pol.described(changes, CURRENT) == (
        "Class A: 97.0 % → 98.5 % · SKU X1: 99.0 % → none · SKU X2: none → 90.0 %"
    )


def test_of_many_changes_the_first_few_are_told() -> None:
    changes = tuple(PolicyChange("sku", f"S{number:05d}", 0.9) for number in range(50_000))
    assert pol.described(changes, CURRENT).endswith("SKU S00003: none → 90.0 % · and 49,996 more")


def test_a_rule_says_what_it_sets_and_what_its_target_measures() -> None:
    changes = (
        PolicyChange("abc_class", "A", 0.97, "fill_rate"),
        PolicyChange("sku_location", "X%401@WH", 0.9, "least_cost", 2.5, 1200),
        PolicyChange("supplier", "SUP", lead_time_days=12.0),
    )
    assert pol.described(changes, CURRENT) == (
        "Class A: 97.0 % → fill rate 97.0 % · "
        "X@1 at WH: none → least cost, at least 90.0 %, lead time 2.5 days, at least 1,200 units · "
        "Supplier SUP: none → lead time 12 days"
    )


@pytest.mark.parametrize(
    ("change", "skus"),
    [
        (PolicyChange("default", "*", 0.9), ["X1", "X2", "X3"]),
        (PolicyChange("abc_class", "B", 0.9), []),
        (PolicyChange("abc_xyz_class", "AX", 0.9), ["X1", "X2", "X3"]),
        (PolicyChange("supplier", "SUP", lead_time_days=1.0), ["X1", "X2", "X3"]),
        (PolicyChange("sku_location", "X2@WH", qty_minimum=1), ["X2"]),
        (PolicyChange("sku", "X' or 1=1", 0.9), []),
    ],
)
def test_a_change_touches_the_series_that_its_scope_covers(
    levels: pd.DataFrame, change: PolicyChange, skus: list[str]
) -> None:
    assert levels.loc[pol.touched(levels, [change]), "sku"].tolist() == skus


def test_a_draft_moves_onto_a_version_that_changed_something_else() -> None:
    draft = Draft(CURRENT, (PolicyChange("sku", "X2", 0.9), PolicyChange("sku", "X1")))
    other = policy(4, default=0.95, A=0.96, X2=0.9, X1=0.99)
    assert draft.contested(other) == [("sku", "X2")]
    # X2 is so already: only X1 remains to be taken away.
    assert draft.onto(other).changes == (PolicyChange("sku", "X1"),)
    assert Draft(CURRENT, (PolicyChange("sku", "X1"),)).contested(other) == []


def test_the_effect_is_counted_by_currency_and_spares_a_sku_with_its_own_rule(
    levels: pd.DataFrame, grid: DemandGrid
) -> None:
    after = pol.rules_after(CURRENT, (PolicyChange("abc_class", "A", 0.99),))
    frame = pol.compared(levels, grid, pol.rules_after(CURRENT), after)
    euro, yen = pol.effects(frame)
    assert (euro.currency, euro.series, euro.series_changed) == ("EUR", 2, 1)
    # X2: order-up-to 27 → 40 on a mean of 10, at 1.00 EUR; X1 has its own 99 %: 40 before and after.
    assert (euro.units_before, euro.units_after, euro.units_change) == (17 + 30, 30 + 30, 13)
    assert euro.minor_change == 1300
    assert euro.service_before == pytest.approx((0.97 + 0.99) / 2)
    assert euro.service_after == pytest.approx(0.99)
    assert (yen.currency, yen.series_changed) == ("JPY", 1)
    assert list(pol.changed_only(frame)["sku"]) == ["X2", "X3"]


def test_the_same_rules_change_nothing(levels: pd.DataFrame, grid: DemandGrid) -> None:
    rules = [PolicyRule("default", "*", 0.95)]
    frame = pol.compared(levels, grid, rules, rules)
    assert pol.changed_only(frame).empty
    assert [effect.units_change for effect in pol.effects(frame)] == [0, 0]
