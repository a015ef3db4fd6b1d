"""A week by rule: what is ordinary is ordered in the night that proposes it, sent, received and closed; people see the
rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.commands import Oms

#: Days on which nothing runs: long enough for the nearest suppliers to deliver.
_DAYS = 7
_FIRST_NIGHT = "2026-06-01T23:59:59Z"


@pytest.fixture(scope="module")
def week(first_day: Callable[[str], Oms]) -> Oms:
    """The demo's first day by hand, then a night by rule and, days later, the next one: its stores say which warehouse
    replenishes them, and the network sends what is ordered."""
    oms = first_day("by_rule")
    config = oms.home / "oms.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("twin_parameters:", "twin_parameters:\n  follows_orders: true"), encoding="utf-8")
    (said,) = (oms.home / "received" / "locations").iterdir()
    rows = said.read_text(encoding="utf-8").replace("2026-01-01", "2026-06-01").splitlines()
    told = [row.replace(",,2026", f",WH-{row.split(',')[4]},2026") if ",store," in row else row for row in rows]
    (oms.home / "inbox" / "locations" / "locations_2026-06-01.csv").write_text("\n".join(told) + "\n", encoding="utf-8")
    terms = ("--set", "release_transfers=1", "--set", "release_order_minor=500000")
    oms("policies", "submit", "default:*", *terms, "--reason", "the ordinary goes by itself")
    oms("simulate")
    assert "by rule" in oms("run")
    oms("simulate", "--days", str(_DAYS))
    oms("run")
    return oms


def orders(week: Oms, document_type: str) -> list[dict[str, Any]]:
    """What the first of both nights ordered: reference, place, SKU and units of each line."""
    return week.query(f"""
        select order_ref, location_id, sku, quantity, supply_state, qty_coming from fct_supply_orders
        where document_type = '{document_type}' and ordered_at < '2026-06-02'""")


def received(week: Oms, kind: str, order_ref: str) -> dict[tuple[str, str, str], int]:
    rows = week.query(f"""
        select {order_ref} as order_ref, location_id, sku, sum(quantity) as units
        from fct_inventory_postings where movement_kind = '{kind}' and account = 'on_hand' group by all""")
    return {(row["order_ref"], row["location_id"], row["sku"]): row["units"] for row in rows}


def bought_first(week: Oms) -> list[dict[str, Any]]:
    """The purchases that the first of both nights proposed."""
    plan: list[dict[str, Any]] = week.answer(
        "query", "--as-of", _FIRST_NIGHT, "select * from fct_replenishment where kind = 'purchase'"
    )
    return plan


def test_the_identities_hold(week: Oms) -> None:
    assert [one["statement"] for one in week.answer("doctor") if one["offending"] and one["is_error"]] == []


def test_what_a_rule_ordered_was_sent_once_and_its_partners_speak_of_it(week: Oms) -> None:
    ordered = orders(week, "purchase_order") + orders(week, "transfer_order")
    assert {(row["supply_state"], row["qty_coming"]) for row in ordered} == {("stated", 0)}
    documents = [one for one in week.answer("exports", "list") if one["wave"][:2] in ("PO", "TR")]
    assert {one["state"] for one in documents} == {"sent"}
    assert len({one["wave"] for one in documents}) == len(documents)
    assert {row["order_ref"] for row in ordered} <= {one["wave"] for one in documents}


def test_every_transfer_has_come_as_it_was_ordered(week: Oms) -> None:
    moved = {
        (one["order_ref"], one["location_id"], one["sku"]): one["quantity"] for one in orders(week, "transfer_order")
    }
    came = received(week, "transfer_in", "split_part(movement_id, ':', 3)")
    assert len(moved) > 20
    assert {key: came.get(key) for key in moved} == moved


def test_what_a_supplier_has_delivered_is_waited_for_no_longer(week: Oms) -> None:
    bought = {
        (one["order_ref"], one["location_id"], one["sku"]): one["quantity"] for one in orders(week, "purchase_order")
    }
    came = {key: units for key, units in received(week, "receipt", "po_ref").items() if key in bought}
    assert came
    assert all(units <= bought[key] for key, units in came.items())
    coming = week.query("select distinct split_part(supply_ref, ':', 1) as order_ref from fct_atp")
    refs = {row["order_ref"] for row in coming}
    assert refs.isdisjoint({order_ref for order_ref, *_ in came})
    assert refs > {order_ref for order_ref, *_ in bought.keys() - came.keys()}


def test_of_a_supplier_for_a_place_all_waits_for_its_turn_or_nothing_does(week: Oms) -> None:
    plan = bought_first(week)
    waiting, going = (
        {(one["supplier_id"], one["location_id"]) for one in plan if (one["waits_for"] == "turn") is waits}
        for waits in (True, False)
    )
    assert waiting
    assert waiting.isdisjoint(going)
    assert all("next turn is 2026-06-0" in one["reason"] for one in plan if one["waits_for"] == "turn")
    lines = {(one["sku"], one["location_id"]) for one in orders(week, "purchase_order")}
    assert lines <= {(one["sku"], one["location_id"]) for one in plan if one["waits_for"] is None}


def test_what_a_person_accepts_can_be_taken_back_and_what_was_sent_cannot(week: Oms) -> None:
    lines = {(one["sku"], one["location_id"]) for one in orders(week, "purchase_order")}
    by_rule = next(one for one in bought_first(week) if (one["sku"], one["location_id"]) in lines)
    refused = week("proposals", "undo", by_rule["proposal_ref"], code=1)
    assert " by rule of policy 2, " in refused
    assert "can be taken back: `oms exports void" in refused
    left = next(one["ref"] for one in week.answer("proposals", "list", "--state", "open"))
    week("proposals", "accept", left)
    week("proposals", "undo", left, "--reason", "not yet")
    assert left in {one["ref"] for one in week.answer("proposals", "list", "--state", "open")}


def test_a_rebuild_from_landing_equals_the_nights_by_rule(week: Oms) -> None:
    assert "Every mart equals" in week("rebuild", "--check")
