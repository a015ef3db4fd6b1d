"""From a planner's change to a command, and what it would do."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from dashboards.safety_stock import policy as pol
from oms_core.replenishment.targets import PolicyRule, Target
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
        "review_period_days": 7,
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
def grid() -> pd.DataFrame:
    cells = [(0.5, 10.0), (0.9, 20.0), (0.97, 27.0), (0.99, 40.0), (0.9999, 60.0)]
    return pd.DataFrame(
        [
            {"sku": sku, "location_id": "WH", "probability": probability, "qty_demand": quantity}
            for sku in ("X1", "X2", "X3")
            for probability, quantity in cells
        ]
    )


CLASSES = {"X1": "A", "X2": "A", "X3": "A"}


def test_a_level_that_is_so_already_is_no_change() -> None:
    assert pol.change_of(CURRENT, ("abc_class", "A"), Target(0.97)) == ()
    assert pol.change_of(CURRENT, ("sku", "X9"), None) == ()


def test_a_rule_is_set_and_taken_away() -> None:
    assert pol.change_of(CURRENT, ("sku", "X9"), Target(0.9)) == (PolicyChange("sku", "X9", 0.9),)
    assert pol.change_of(CURRENT, ("sku", "X1"), None) == (PolicyChange("sku", "X1", None),)


def test_a_sku_without_a_rule_aims_at_its_class_and_else_at_the_default() -> None:
    assert pol.target_in_force(CURRENT, ("sku", "X1"), "A") == Target(0.99)
    assert pol.target_in_force(CURRENT, ("sku", "X2"), "A") == Target(0.97)
    assert pol.target_in_force(CURRENT, ("sku", "X2"), "C") == Target(0.95)
    assert pol.target_in_force(CURRENT, ("sku", "X2"), None) == Target(0.95)


def test_going_back_restores_every_rule_of_the_old_version() -> None:
    old = policy(1, default=0.9, A=0.97, B=0.95)
    changes = pol.changes_back_to(CURRENT, old)
    assert {rule.scope: rule.target for rule in pol.rules_after(CURRENT, changes)} == old.targets


def test_changes_are_told_in_words() -> None:
    changes = (PolicyChange("abc_class", "A", 0.985), PolicyChange("sku", "X1", None), PolicyChange("sku", "X2", 0.9))
    assert pol.described(changes, CURRENT) == ("Class A: 97.0 % → 98.5 %, SKU X1: 99.0 % → none, SKU X2: none → 90.0 %")


def test_a_target_says_what_it_measures() -> None:
    changes = (PolicyChange("abc_class", "A", 0.97, "fill_rate"), PolicyChange("sku", "X1", 0.9, "least_cost"))
    assert pol.change_of(CURRENT, ("abc_class", "A"), Target(0.97, "fill_rate")) == changes[:1]
    assert pol.described(changes, CURRENT) == (
        "Class A: 97.0 % → fill rate 97.0 %, SKU X1: 99.0 % → least cost, at least 90.0 %"
    )


def test_what_a_change_may_touch_is_asked_with_parameters() -> None:
    touched = pol.touched((PolicyChange("abc_class", "A", 0.9), PolicyChange("sku", "X' or 1=1", 0.9)), CURRENT)
    assert touched.texts == ("(abc_class = ? or sku = ?)",)
    assert touched.parameters == ("A", "X' or 1=1")


def test_the_default_touches_what_no_class_rule_covers() -> None:
    touched = pol.touched((PolicyChange("default", "*", 0.9),), CURRENT)
    assert touched.texts == ("((abc_class is null or (abc_class <> ?)))",)
    assert touched.parameters == ("A",)


def test_the_effect_is_counted_by_currency_and_spares_a_sku_with_its_own_rule(
    levels: pd.DataFrame, grid: pd.DataFrame
) -> None:
    after = pol.rules_after(CURRENT, (PolicyChange("abc_class", "A", 0.99),))
    frame = pol.compared(levels, grid, pol.rules_after(CURRENT), after, CLASSES)
    euro, yen = pol.effects(frame)
    assert (euro.currency, euro.series, euro.series_changed) == ("EUR", 2, 1)
    # X2: order-up-to 27 → 40 on a mean of 10, at 1.00 EUR; X1 has its own 99 %: 40 before and after.
    assert (euro.units_before, euro.units_after, euro.units_change) == (17 + 30, 30 + 30, 13)
    assert euro.minor_change == 1300
    assert euro.service_before == pytest.approx((0.97 + 0.99) / 2)
    assert euro.service_after == pytest.approx(0.99)
    assert (yen.currency, yen.series_changed) == ("JPY", 1)
    assert list(pol.changed_only(frame)["sku"]) == ["X2", "X3"]


def test_the_same_rules_change_nothing(levels: pd.DataFrame, grid: pd.DataFrame) -> None:
    rules = [PolicyRule("default", "*", 0.95)]
    frame = pol.compared(levels, grid, rules, rules, CLASSES)
    assert pol.changed_only(frame).empty
    assert [effect.units_change for effect in pol.effects(frame)] == [0, 0]
