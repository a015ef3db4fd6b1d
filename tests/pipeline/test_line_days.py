"""What runs make of order lines that are sold ahead, are stated anew, or want more than a place makes in a day.

What happens is told in `line_days`.
"""

from __future__ import annotations

import pytest

from pipelines.home import Home
from pipelines.modelling.rebuild import compare_with_snapshot, rebuild_warehouse
from tests.pipeline.line_days import Days, Ran, live

_LINES = """
    select order_ref, qty_allocated, qty_backordered, qty_pre_sold, waits_for, promised_date::varchar as promised
    from fct_order_lines where sku = '{}' order by order_ref"""
_OPEN = """
    select channel_id, qty_ats, qty_pre_sell, pre_sell_date::varchar as day from fct_ats_network where sku = 'LAMP'
    order by channel_id"""
_EVENTS = """
    select quantity, reason from fct_order_events
    where order_id = 'web:{}' and event_type in ('pre_sold', 'allocated') order by effective_at, event_type"""
_SUPPLY = """
    select qty_supply, qty_pegged, qty_pre_sold from fct_atp where sku = 'VASE' and supply_type = '{}'"""
_STOCK = "select qty_on_hand, qty_reserved, qty_set_aside, qty_ats from fct_inventory_position where sku = 'VASE'"
_SEATS_RESERVED = """
    select sku, qty_pending, reservation_state from fct_reservations where sku in ('CHAIR', 'STOOL') order by sku"""
_SEATS = """
    select sku, qty_reserved, qty_ats from fct_inventory_position where sku in ('CHAIR', 'STOOL') order by sku"""
_ODD = "select order_id, waits_for, hold_reason from fct_order_lines where qty_held > 0 and sku = 'ODD'"
_JARS_RESERVED = """
    select order_id, location_id, qty_pending, reservation_state from fct_reservations where sku = 'JAR'
    order by order_id, location_id"""
_SENT = """
    select location_id, count(*) from fct_allocations where sku = '{}' group by location_id order by location_id"""
_BOXES_WAITING = "select order_id, reason_code from fct_backorders where sku = 'BOX' order by order_id"


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    return live(Home(tmp_path_factory.mktemp("line-days") / "home"))


def test_what_fits_the_terms_is_pre_sold_and_what_does_not_is_a_backorder(days: Days) -> None:
    assert days.morning.pegged == {"waiting": 4, "promised": 4, "pre_sold": 4}
    assert days.morning.rows(_LINES.format("LAMP")) == [
        ("first", 0, 3, 3, "supply", "2026-06-15"),
        ("second", 0, 4, 2, "stock", "2026-06-15"),
    ]
    assert days.morning.rows(_OPEN) == [], "five are sold, which is the web's limit, and more than the marketplace's"


def test_when_supply_moves_the_promise_does_and_raised_terms_are_for_who_orders_from_then_on(days: Days) -> None:
    assert days.second.rows(_LINES.format("LAMP")) == [
        ("first", 0, 3, 3, "supply", "2026-06-15"),
        ("second", 0, 4, 2, "stock", "2026-06-15"),
        ("third", 0, 2, 2, "supply", "2026-06-21"),
    ], "the line keeps its first promise"
    assert days.second.rows(_OPEN) == [("web", 0, 1, "2026-06-21")]


def test_what_comes_goes_to_who_was_pre_sold_first(days: Days) -> None:
    assert days.third.rows(_LINES.format("LAMP")) == [
        ("first", 3, 0, 0, "warehouse", "2026-06-15"),
        ("fourth", 0, 1, 1, "supply", "2026-06-21"),
        ("second", 2, 2, 0, "stock", "2026-06-15"),
        ("third", 2, 0, 0, "warehouse", "2026-06-21"),
    ], "what was not sold ahead waits on, though it was ordered before"
    events = days.fourth.rows(_EVENTS.format("first"))
    assert [event[0] for event in events] == [3, 3, 3]
    assert [event[1] for event in events][:2] == [
        "sold ahead: 3 of purchase order P-LAMP:1, safe to promise for 2026-06-15",
        "sold ahead: 3 of purchase order P-LAMP:1, safe to promise for 2026-06-21",
    ]


def test_a_line_that_is_held_keeps_what_it_was_sold_ahead(days: Days) -> None:
    assert days.second.rows(_LINES.format("VASE")) == [
        ("held", 0, 0, 0, "review", "2026-06-15"),
        ("trade", 0, 9, 0, "stock", None),
        ("waits", 0, 4, 2, "stock", "2026-06-15"),
    ]
    assert days.second.rows(_SUPPLY.format("purchase_order")) == [(10, 10, 5)]
    assert days.second.groups == {"held": None, "trade": "trade", "waits": None}
    traded = days.fourth.rows("select order_ref from fct_order_lines where customer_group = 'trade'")
    assert traded == [("trade",)]


def test_what_comes_is_set_aside_for_a_line_that_is_held(days: Days) -> None:
    assert days.third.rows(_STOCK) == [(6, 3, 3, 0)]
    assert days.third.rows(_SUPPLY.format("on_hand")) == [(0, 0, 0)]


def test_a_line_that_is_released_gets_what_was_set_aside_and_nobody_was_told_that_it_is_not_sold_ahead(
    days: Days,
) -> None:
    assert days.fourth.rows(_LINES.format("VASE"))[0] == ("held", 3, 0, 0, "warehouse", "2026-06-15")
    assert [quantity for quantity, _ in days.fourth.rows(_EVENTS.format("held"))] == [3, 3]


def test_what_was_promised_of_another_sku_is_free_again_and_the_line_gets_what_it_asks_for(days: Days) -> None:
    assert days.morning.rows(_SEATS_RESERVED) == [("CHAIR", 3, "pending")]
    assert days.second.rows(_SEATS_RESERVED) == [("CHAIR", 0, "expired"), ("STOOL", 3, "pending")]
    assert days.second.rows(_SEATS) == [("CHAIR", 0, 5), ("STOOL", 3, 2)]
    allocated = "select sku, qty_allocated from fct_order_lines where order_ref = 'seat'"
    assert days.second.rows(allocated) == [("STOOL", 3)]


def test_what_a_line_of_a_product_that_nobody_knows_waits_for_is_said_of_as_many_as_it_asks_for(days: Days) -> None:
    said = "ODD is not in the product feed: {} units wait for it."
    assert days.morning.rows(_ODD) == [("web:odd", "product", said.format(3))]
    assert days.second.rows(_ODD) == [("web:odd", "product", said.format(2))]


def test_who_is_to_come_elsewhere_finds_it_there_and_not_where_he_was_to_come_before(days: Days) -> None:
    assert days.second.rows(_JARS_RESERVED) == [
        ("web:moves", "ST-1", 0, "expired"), ("web:moves", "ST-2", 1, "pending"), ("web:sent", "ST-1", 0, "expired"),
        ("web:sent", "WH", 2, "pending"), ("web:stays", "ST-1", 1, "pending"),
    ]  # fmt: skip
    free = "select location_id, qty_ats from fct_inventory_position where sku = 'JAR' order by location_id"
    assert days.second.rows(free) == [("ST-1", 4), ("ST-2", 4), ("WH", 3)]


def test_two_runs_on_a_day_do_not_double_what_a_place_makes(days: Days) -> None:
    def sent(run: Ran) -> list[tuple[str, int]]:
        return run.rows(_SENT.format("BOX"))

    assert sent(days.morning) == [("NEAR", 2)]
    assert sent(days.afternoon) == [("NEAR", 3)]
    assert days.afternoon.rows(_BOXES_WAITING) == [("web:d", "no_parcel_left")]
    assert sent(days.second) == [("NEAR", 5)]


def test_a_place_that_sends_nothing_for_days_keeps_nobody_waiting(days: Days) -> None:
    assert days.morning.rows(_SENT.format("TRAY")) == [("OPEN", 1)]
    assert days.morning.rows("select kind from fct_planned_events") == [("no_dispatch",)]


def test_a_rebuild_from_landing_gives_the_same(days: Days) -> None:
    rebuild_warehouse(days.home)
    assert compare_with_snapshot(days.home) == {}
