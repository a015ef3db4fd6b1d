"""The ledger behind the synthetic home's stock: postings that sum to it, some known late, and what is made of them.

Belongs here: rows of the marts of inventory beside `synthetic`'s. Does not belong here: assertions.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from types import ModuleType
from typing import Any

Row = dict[str, Any]

#: By movement: days before the snapshot's that it happened, days until it was known, units; the opening makes the sum.
MOVED = (("receipt", 60, 0, 12), ("shipment", 30, 0, -5), ("shipment", 10, 8, -4), ("adjustment", 2, 0, 1))
_OPENED_DAYS_AGO = 100
_OTHER_ENDS = {"opening": "opening", "receipt": "supplier", "shipment": "customer", "adjustment": "adjustment"}
_ORIGIN = {"feed": "stock_movements", "file_sha256": "e" * 64}


def add_stock(world: Any, synthetic: ModuleType) -> Any:
    """The world, with the ledger of every position and what follows from it."""
    for number, position in enumerate(world.rows["fct_inventory_position"]):
        world.add("fct_inventory_postings", _postings(number, position, synthetic.TODAY))
        world.add("fct_atp", _supply(position, synthetic.TODAY))
        world.add("fct_ats_by_channel", [_part(position)] if position["qty_ats"] else [])
        world.add("fct_reservations", _reserved(position, synthetic))
        world.add("fct_stock_reconciliation", _compared(number, position, synthetic.TODAY))
        world.add("rpt_inventory_health", [_judged(number, position)])
    world.add("fct_ats_network", _network(world.rows["fct_ats_by_channel"]))
    return world


def _key(position: Row) -> Row:
    return {name: position[name] for name in ("sku", "location_id")}


def _postings(number: int, position: Row, today: date) -> Iterator[Row]:
    opening = position["qty_on_hand"] - sum(units for *_, units in MOVED)
    for index, (kind, ago, late, units) in enumerate((("opening", _OPENED_DAYS_AGO, 0, opening), *MOVED)):
        day = today - timedelta(days=ago)
        movement = f"{kind}:{number}:{index}"
        why = {"reason": "breakage" if kind == "adjustment" else None, "order_line_id": None, "po_ref": None}
        why |= {"order_line_id": "web:100005:1"} if kind == "shipment" else {}
        why |= {"po_ref": "P-1"} if kind == "receipt" else {}
        when = {"effective_at": _at(day, 6), "known_at": _at(day + timedelta(days=late), 22), "business_date": day}
        base = {**_key(position), **why, **when, **_ORIGIN, "movement_id": movement, "movement_kind": kind}
        for account, sign in (("on_hand", 1), (_OTHER_ENDS[kind], -1)):
            posting = {"posting_id": f"{movement}:{account}", "account": account, "quantity": sign * units}
            yield {**base, **posting, "row_number": index + 1}


def _judged(number: int, position: Row) -> Row:
    """The first is dead, the second more than it should be, all others as they should."""
    health = {0: "dead", 1: "excess"}.get(number, "healthy")
    units = {"qty_shelf": position["qty_on_hand"], "qty_safety_stock": 0, "qty_excess": 0}
    money = {"shelf_minor": 0, "excess_minor": 0, "currency": position["currency"]}
    known = {name: position[name] for name in ("as_of_date", "abc_class")}
    return {**_key(position), **known, **units, **money, "health": health}


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC)


def _supply(position: Row, today: date) -> Iterator[Row]:
    now = {"available_date": today, "expected_date": today, "supply_type": "on_hand", "supply_ref": "on hand"}
    free = position["qty_ats"]
    ahead = {"qty_pre_sold": 0, "qty_pre_sell": 0}
    yield {**_key(position), **now, **ahead, "qty_supply": free, "qty_pegged": 0, "qty_atp": free}
    if position["qty_inbound"]:
        due = position["next_inbound_date"]
        coming = {"available_date": due + timedelta(days=2), "expected_date": due, "supply_type": "purchase_order"}
        pegged = {"supply_ref": "P-2:1", "qty_supply": 12, "qty_pegged": 2, "qty_atp": free + 10}
        yield {**_key(position), **coming, **pegged, "qty_pre_sold": 1, "qty_pre_sell": 5}


def _part(position: Row) -> Row:
    kept = {"qty_protected": 0, "qty_protected_for_others": 0, "qty_pre_sell": 0}
    return {**_key(position), **kept, "channel_id": "web", "qty_ats": position["qty_ats"]}


def _network(parts: list[Row]) -> Iterator[Row]:
    for sku in sorted({part["sku"] for part in parts}):
        units = [part["qty_ats"] for part in parts if part["sku"] == sku]
        yield {"sku": sku, "channel_id": "web", "qty_ats": sum(units), "location_count": len(units), "qty_pre_sell": 0}


def _reserved(position: Row, synthetic: ModuleType) -> Iterator[Row]:
    if position["qty_reserved"]:
        line = {"order_line_id": "web:100005:1", "order_id": "web:100005", "run_id": synthetic.RUN}
        units = {"qty_reserved": 1, "qty_pending": 1, "qty_unreleased": 0, "qty_posted": 0, "qty_voided": 0}
        when = {"reserved_at": synthetic.AS_OF, "posted_at": None, "business_date": synthetic.TODAY}
        key = {"reservation_id": f"{position['sku']}:{position['location_id']}"}
        yield {**key, **line, **_key(position), **units, "reservation_state": "pending", **when}


def _compared(number: int, position: Row, today: date) -> Iterator[Row]:
    """Every tenth position was counted: one in three agrees, is short, or is more than its tolerance allows."""
    if number % 10:
        return
    cause = ("agrees", "unknown_movement", "held_for_review")[number // 10 % 3]
    found = {"agrees": 0, "unknown_movement": -3, "held_for_review": 7}[cause]
    expected = position["qty_on_hand"]
    count = {"count_id": f"count:{number}", "counted_at": _at(today - timedelta(days=number), 19), "cause": cause}
    units = {"qty_counted": expected + found, "qty_expected": expected, "qty_explained": 0, "qty_difference": found}
    held = {"qty_held": found if cause == "held_for_review" else 0, "qty_on_hand": expected}
    money = {"difference_minor": found * position["unit_cost_minor"], "currency": position["currency"]}
    rest = {"qty_reserved": position["qty_reserved"], "qty_over_reserved": 0, "age_days": number}
    yield {**_key(position), **count, **units, **held, **money, **rest}
