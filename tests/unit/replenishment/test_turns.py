"""A supplier's turn: what waits for it, what does not, and what an order takes along."""

from __future__ import annotations

import pandas as pd

from tests.unit.replenishment.test_proposals import bought, series

#: It was ordered from three days ago: in four it is its turn again. Twelve units are the mean of 14 days.
_BETWEEN = {"days_since_order": 3}
_WAITS = "; SUP's next turn is 2026-03-06: its order waits, as that costs EUR "


def test_between_two_turns_what_is_hardly_short_waits_and_says_for_which_day_and_at_what_cost() -> None:
    (found,) = bought(series("W1", 12, **_BETWEEN)).values()
    assert (found["quantity"], found["waits_for"]) == (8, "turn")
    assert _WAITS in found["reason"]
    assert found["reason"].endswith(" more margin than levels accept, another order EUR 5.00")


def test_what_would_be_short_by_the_supplier_s_turn_is_not_left_until_then() -> None:
    (found,) = bought(series("W1", 2, **_BETWEEN)).values()
    assert (found["quantity"], found["waits_for"]) == (18, None)
    assert "; SUP's next turn is 2026-03-06: its order does not wait, as that costs EUR 1" in found["reason"]


def test_what_a_level_accepts_to_be_short_of_costs_nothing_to_wait_for() -> None:
    """At its level the day after an order: of a hundred such series each is short by its turn as its target allows."""
    nearly = series("W1", 19, days_since_order=1, qty_reorder_point=19)
    found = bought(*[nearly] * 100)
    assert {row["waits_for"] for row in found.values()} == {"turn"}


def test_what_an_order_costs_is_the_policy_s_term() -> None:
    low = series("W1", 2, **_BETWEEN, order_cost_minor=100_000)
    (found,) = bought(low).values()
    assert found["waits_for"] == "turn"


def test_customers_who_wait_for_what_nobody_brings_need_not_wait_for_a_turn() -> None:
    dear = _BETWEEN | {"unit_price_minor": 700, "order_cost_minor": 1_200}
    empty, waited_for = (bought(series("W1", position, **dear))["S0"] for position in (0, -2))
    assert empty["waits_for"] == "turn"
    assert waited_for["waits_for"] is None


def test_when_it_is_its_turn_an_order_takes_along_what_is_below_its_level_in_packs_that_do_not_pass_it() -> None:
    for days in (None, 7, 30):
        found = bought(
            series("W1", 12, days_since_order=days), series("W1", 13, days_since_order=days),
            series("W1", 15, days_since_order=days, pack_quantity=3),
            series("W1", 15, days_since_order=days, pack_quantity=6),
            series("W1", 15, days_since_order=days, min_order_quantity=6), series("W1", 20, days_since_order=days),
        )  # fmt: skip
        assert {sku: row["quantity"] for sku, row in found.items()} == {"S0": 8, "S1": 7, "S2": 3}
        told = "position 13 is above the reorder point 12; the order takes it along up to its level"
        assert found["S1"]["reason"] == told


def test_nothing_is_ordered_because_it_is_a_turn() -> None:
    assert bought(series("W1", 13, days_since_order=9), series("W1", 19, days_since_order=9)) == {}


def test_each_supplier_has_a_turn_of_its_own_at_each_place() -> None:
    found = bought(
        series("W1", 12, **_BETWEEN), series("W2", 12, days_since_order=7),
        series("W1", 12, supplier_id="OTHER", days_since_order=None),
    )  # fmt: skip
    assert {sku: row["waits_for"] for sku, row in found.items()} == {"S0": "turn", "S1": None, "S2": None}


def test_what_waits_for_its_supplier_s_turn_is_not_filled_up_to_its_minimum() -> None:
    (found,) = bought(series("W1", 12, **_BETWEEN, min_order_value_minor=20_000)).values()
    assert (found["quantity"], found["waits_for"]) == (8, "turn")
    assert "asks for" not in found["reason"]


def test_who_is_looked_at_daily_never_waits() -> None:
    (found,) = bought(series("W1", 12, days_since_order=1, review_period_days=1)).values()
    assert pd.isna(found["waits_for"])
