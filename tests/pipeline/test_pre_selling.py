"""A SKU is opened for pre-sale, sold ahead of a purchase order, promised anew as that moves, and served when it comes.

One home, four runs: what each leaves in the tables, and that a rebuild from landing gives the same.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from oms_core.store.snapshots import Snapshot
from pipelines.fulfilment.allocating import allocate_open_lines
from pipelines.fulfilment.ground import read_problem
from pipelines.fulfilment.pegging import peg_waiting_lines
from pipelines.home import PROFILES, Home, create_home
from pipelines.modelling.building import build
from pipelines.modelling.rebuild import compare_with_snapshot, rebuild_warehouse
from pipelines.modelling.warehouse import load, note_run
from pipelines.publication.publishing import publish
from pipelines.ticket import ticket_of
from tests.pipeline.hands import AT, land

_LINES = """
    select order_ref, qty_allocated, qty_backordered, qty_pre_sold, waits_for, promised_date::varchar as promised
    from fct_order_lines where sku = '{}' order by order_ref"""
_OPEN = """
    select channel_id, qty_ats, qty_pre_sell, pre_sell_date::varchar as day from fct_ats_network where sku = 'LAMP'
    order by channel_id"""
_EVENTS = """
    select quantity, reason from fct_order_events
    where order_id = 'web:{}' and event_type in ('pre_sold', 'allocated') order by effective_at, event_type"""
_SUPPLY = "select supply_type, qty_supply, qty_pegged, qty_pre_sold from fct_atp where sku = 'VASE'"
_STOCK = "select qty_on_hand, qty_reserved, qty_set_aside, qty_ats from fct_inventory_position where sku = 'VASE'"


def tell(home: Home, day: int, record_type: str, **values: Any) -> None:
    """Land one row that is true on a day."""
    land(home, record_type, values, at=AT + timedelta(days=day))


def order(
    home: Home, day: int, ref: str, quantity: int, channel: str = "web", status: str = "open", sku: str = "LAMP",
    **values: Any,
) -> None:  # fmt: skip
    asked = {"sku": sku, "quantity": quantity, "line_status": status, "currency": "EUR", "unit_price_minor": 900}
    goes = {"ship_to_country": "DE", "ship_to_region": "north", "fulfilment_method": "ship"}
    key = {"channel_id": channel, "order_ref": ref, "line_ref": "1"}
    tell(home, day, "order_lines", **key | asked | goes | values)


def supply(home: Home, day: int, sku: str, supplier_id: str, due: int) -> None:
    tell(home, day, "purchase_orders", po_ref=f"P-{sku}", line_ref="1", supplier_id=supplier_id, sku=sku,
         location_id="WH", quantity=10, currency="EUR", status="open",
         expected_date=(AT + timedelta(days=due)).date())  # fmt: skip


def comes(home: Home, day: int, sku: str, quantity: int) -> None:
    tell(home, day, "stock_movements", movement_ref=f"R-{sku}", line_ref="1", kind="receipt", po_ref=f"P-{sku}",
         sku=sku, location_id="WH", quantity=quantity)  # fmt: skip


def run(home: Home, process_id: str, *, is_proven: bool) -> dict[str, int]:
    """What of a run concerns waiting lines; how many wait, are promised, are pre-sold."""
    ticket = ticket_of(home, process_id)
    load(home, ticket.as_of, ticket.run_id)
    note_run(home, ticket.business_date, "ground")
    build(home, "ground", is_proven=is_proven)
    allocate_open_lines(home, ticket)
    pegged = peg_waiting_lines(home, ticket)
    note_run(home, ticket.business_date, "decisions")
    build(home, "decisions", is_proven=is_proven)
    publish(home, ticket.run_id, ticket.as_of, ticket.as_of, {})
    return pegged


def rows(home: Home, query: str) -> list[tuple[Any, ...]]:
    with Snapshot.current(home.published) as snapshot:
        return [tuple(row.values()) for row in snapshot.query(query).to_pylist()]


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[dict[str, Any]]]:
    """A home after four runs, and what each left: of lamps, whose supply moves, and of vases, one of whose orders is
    held for a while."""
    home = Home(tmp_path_factory.mktemp("pre-selling") / "home")
    create_home(home, PROFILES["demo"], {})
    after = []
    for day, news in enumerate((_begin, _supply_moves, _supply_comes, _what_was_held_is_released)):
        news(home)
        pegged = run(home, f"run-{day}", is_proven=day > 0)
        after.append({
            "pegged": pegged,
            "lines": rows(home, _LINES.format("LAMP")),
            "open": rows(home, _OPEN),
            "vases": rows(home, _LINES.format("VASE")),
            "groups": {line.order_ref: line.customer_group for line in read_problem(home).lines if line.sku == "VASE"},
            "supply": {kind: tuple(units) for kind, *units in rows(home, _SUPPLY)},
            "stock": rows(home, _STOCK),
        })  # fmt: skip
    return home, after


def _begin(home: Home) -> None:
    """Seven of each are ordered and none is here; the web may sell half of what comes ahead, the marketplace three."""
    tell(home, 0, "locations", location_id="WH", name="WH", kind="warehouse", timezone="UTC", region="north",
         country="DE", ships_orders=True, sourcing_rank=1)  # fmt: skip
    for priority, channel in ((1, "web"), (2, "market")):
        tell(home, 0, "channels", channel_id=channel, name=channel, kind="web", currency="EUR", priority=priority)
    for sku, supplier_id in (("LAMP", "S1"), ("VASE", "S2")):
        tell(home, 0, "products", sku=sku, description=sku, currency="EUR", pack_quantity=1, is_active=True,
             supplier_id=supplier_id, unit_cost_minor=250, unit_price_minor=900)  # fmt: skip
        tell(home, 0, "suppliers", supplier_id=supplier_id, name=supplier_id, lead_time_days=14, review_period_days=7)
        tell(home, 0, "availability_rules", rule="pre_sell_share", supplier_id=supplier_id, channel_id="web", value=0.5)
        tell(home, 0, "availability_rules", rule="pre_sell_units", sku=sku, channel_id="market", value=3.0)
        supply(home, 0, sku, supplier_id, due=14)
    order(home, 0, "first", 3)
    order(home, 0, "second", 4)
    order(home, 0, "held", 3, sku="VASE")
    order(home, 0, "waits", 4, sku="VASE")


def _supply_moves(home: Home) -> None:
    supply(home, 1, "LAMP", "S1", due=20)
    tell(home, 1, "availability_rules", rule="pre_sell_share", supplier_id="S1", channel_id="web", value=0.8)
    order(home, 1, "third", 2)
    order(home, 1, "held", 3, sku="VASE", status="held")
    order(home, 1, "trade", 9, sku="VASE", customer_group="trade")


def _supply_comes(home: Home) -> None:
    comes(home, 2, "LAMP", 7)
    comes(home, 2, "VASE", 6)
    order(home, 2, "fourth", 1)


def _what_was_held_is_released(home: Home) -> None:
    order(home, 3, "held", 3, sku="VASE")


Days = tuple[Home, list[dict[str, Any]]]


def test_what_fits_the_terms_is_pre_sold_and_what_does_not_is_a_backorder(days: Days) -> None:
    today = days[1][0]
    assert today["pegged"] == {"waiting": 4, "promised": 4, "pre_sold": 4}
    assert today["lines"] == [
        ("first", 0, 3, 3, "supply", "2026-06-15"),
        ("second", 0, 4, 2, "stock", "2026-06-15"),
    ]
    assert today["open"] == [], "five are sold, which is the web's limit, and more than the marketplace's"


def test_when_supply_moves_the_promise_does_and_raised_terms_are_for_who_orders_from_then_on(days: Days) -> None:
    today = days[1][1]
    assert today["lines"] == [
        ("first", 0, 3, 3, "supply", "2026-06-15"),
        ("second", 0, 4, 2, "stock", "2026-06-15"),
        ("third", 0, 2, 2, "supply", "2026-06-21"),
    ], "the line keeps its first promise"
    assert today["open"] == [("web", 0, 1, "2026-06-21")]


def test_what_comes_goes_to_who_was_pre_sold_first(days: Days) -> None:
    today = days[1][2]
    assert today["lines"] == [
        ("first", 3, 0, 0, "warehouse", "2026-06-15"),
        ("fourth", 0, 1, 1, "supply", "2026-06-21"),
        ("second", 2, 2, 0, "stock", "2026-06-15"),
        ("third", 2, 0, 0, "warehouse", "2026-06-21"),
    ], "what was not sold ahead waits on, though it was ordered before"
    assert [event[0] for event in rows(days[0], _EVENTS.format("first"))] == [3, 3, 3]
    assert [event[1] for event in rows(days[0], _EVENTS.format("first"))][:2] == [
        "sold ahead: 3 of purchase order P-LAMP:1, safe to promise for 2026-06-15",
        "sold ahead: 3 of purchase order P-LAMP:1, safe to promise for 2026-06-21",
    ]


def test_a_line_that_is_held_keeps_what_it_was_sold_ahead(days: Days) -> None:
    today = days[1][1]
    assert today["vases"] == [
        ("held", 0, 0, 0, "review", "2026-06-15"),
        ("trade", 0, 9, 0, "stock", None),
        ("waits", 0, 4, 2, "stock", "2026-06-15"),
    ]
    assert today["supply"]["purchase_order"] == (10, 10, 5)
    assert today["groups"] == {"held": None, "trade": "trade", "waits": None}
    assert rows(days[0], "select order_ref from fct_order_lines where customer_group = 'trade'") == [("trade",)]


def test_what_comes_is_set_aside_for_a_line_that_is_held(days: Days) -> None:
    today = days[1][2]
    assert today["stock"] == [(6, 3, 3, 0)]
    assert today["supply"]["on_hand"] == (0, 0, 0)


def test_a_line_that_is_released_gets_what_was_set_aside_and_nobody_was_told_that_it_is_not_sold_ahead(
    days: Days,
) -> None:
    assert days[1][3]["vases"][0] == ("held", 3, 0, 0, "warehouse", "2026-06-15")
    assert [quantity for quantity, _ in rows(days[0], _EVENTS.format("held"))] == [3, 3]


def test_a_rebuild_from_landing_gives_the_same(days: Days) -> None:
    rebuild_warehouse(days[0])
    assert compare_with_snapshot(days[0]) == {}
