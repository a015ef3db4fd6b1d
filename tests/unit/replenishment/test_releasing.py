"""What a rule releases: the ordinary, whole orders within their limits; of the rest it says why not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from oms_core.replenishment.proposing.releasing import Verdict, verdicts

_BLANK: dict[str, Any] = {
    "kind": "purchase", "sku": "MUG", "location_id": "WH", "supplier_id": "SUP", "quantity": 12, "value_minor": 3_000,
    "currency": "EUR", "waits_for": None, "business_date": date(2026, 6, 1), "policy_version": 4,
    "release_transfers": 1, "release_order_minor": 10_000, "release_weeks": 4.0, "min_order_value_minor": None,
    "qty_asked": 130, "least_quantity": 6, "first_asked": date(2025, 1, 1), "alarms": None, "doubts": None,
    "override_refs": None, "late_feeds": None, "refusals": None,
}  # fmt: skip


def judged(*rows: dict[str, Any], held_feeds: tuple[str, ...] = ()) -> list[Verdict]:
    plan = [_BLANK | {"proposal_ref": str(number)} | row for number, row in enumerate(rows)]
    found = verdicts(plan, held_feeds)
    return [found[str(number)] for number in range(len(rows))]


def test_what_is_ordinary_is_released_and_says_by_which_figures() -> None:
    (bought, moved) = judged({}, {"kind": "transfer", "supplier_id": None})
    assert bought == Verdict(
        True, "ordinary: 12 against 130 asked for in 13 weeks; its order is worth EUR 30.00, of at most EUR 100.00",
        "rule of policy 4",
    )  # fmt: skip
    assert (moved.is_released, moved.why) == (True, "ordinary: 12 against 130 asked for in 13 weeks")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"waits_for": "minimum_value"}, "it waits for its supplier's least order value"),
        ({"waits_for": "capacity"}, "it waits for room"),
        ({"waits_for": "turn"}, "it waits for its supplier's turn"),
        ({"alarms": "bias (C)"}, "forecast alarm: bias (C)"),
        ({"late_feeds": "pos_sales"}, "files are late: pos_sales"),
        ({"refusals": "30 of 40 (PO-1)"}, "its supplier promised less last time: 30 of 40 (PO-1)"),
        ({"doubts": "3 at WH"}, "stock in doubt: 3 at WH"),
        ({"override_refs": "summer-26"}, "its forecast is overridden: summer-26"),
        ({"first_asked": date(2026, 4, 7)}, "it is new: first asked for on 2026-04-07"),
        ({"first_asked": None, "qty_asked": 0}, "it is new: nobody has asked for it yet"),
        ({"quantity": 41}, "41 are more than 4 weeks of demand (130 in the last 13)"),
        ({"value_minor": 10_001}, "its order is worth EUR 100.01, more than EUR 100.00"),
        ({"waits_for": "capacity", "doubts": "1 at WH"}, "it waits for room; stock in doubt: 1 at WH"),
    ],
)
def test_what_is_not_ordinary_waits_for_a_person_and_says_why(row: dict[str, Any], why: str) -> None:
    (found,) = judged(row)
    assert (found.is_released, found.why) == (False, why)


def test_the_least_that_can_be_ordered_is_never_much() -> None:
    (least, more) = judged({"qty_asked": 1, "quantity": 6}, {"qty_asked": 1, "quantity": 12})
    assert (least.is_released, more.is_released) == (True, False)
    assert "ordinary: 6, the least that can be ordered, against 1 asked for in 13 weeks" in str(least.why)


def test_what_moves_between_places_is_never_too_much() -> None:
    (moved,) = judged({"kind": "transfer", "supplier_id": None, "qty_asked": 0, "quantity": 12})
    assert moved == Verdict(True, "ordinary: 12 against 0 asked for in 13 weeks", "rule of policy 4")


def test_a_held_file_stops_all() -> None:
    (found,) = judged({}, held_feeds=("pos_sales", "stock_counts"))
    assert (found.is_released, found.why) == (False, "files are held: pos_sales, stock_counts")


@pytest.mark.parametrize("terms", [{"release_order_minor": 0}, {"release_order_minor": None}])
def test_where_no_rule_would_release_nothing_is_said(terms: dict[str, Any]) -> None:
    bought, moved = judged(terms, terms | {"kind": "transfer", "release_transfers": 0})
    assert (bought.is_released, bought.why, moved.is_released, moved.why) == (False, None, False, None)


def test_the_limit_is_of_the_whole_order_of_a_supplier_for_a_place() -> None:
    found = judged(
        {"value_minor": 6_000},
        {"value_minor": 6_000, "sku": "CUP"},
        {"value_minor": 6_000, "location_id": "ST"},
        {"value_minor": 6_000, "supplier_id": "OTHER"},
        {"value_minor": 6_000, "currency": "JPY"},
    )
    assert [one.is_released for one in found] == [False, False, True, True, True]
    assert found[0].why == "its order is worth EUR 120.00, more than EUR 100.00"
    assert "JPY 6,000, of at most JPY 10,000" in str(found[4].why)


def test_what_a_person_looks_at_is_not_in_the_order_that_is_released() -> None:
    found = judged({"value_minor": 6_000}, {"value_minor": 6_000, "doubts": "1 at WH"})
    assert [one.is_released for one in found] == [True, False]


def test_the_rest_of_an_order_that_its_supplier_would_not_take_waits_too() -> None:
    least = {"value_minor": 4_000, "min_order_value_minor": 6_000}
    found = judged(least, least | {"alarms": "drift (all)"})
    assert [one.why for one in found] == [
        "the rest of its order is below what its supplier takes", "forecast alarm: drift (all)",
    ]  # fmt: skip
    assert all(one.is_released for one in judged(least, least))


def test_no_plan_has_no_verdicts() -> None:
    assert verdicts([]) == {}
