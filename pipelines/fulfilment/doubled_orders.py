"""Orders that double another one are held before they are decided, where a rule asks for it.

Belongs here: reading what is new, and the holds as events. Does not belong here: what a double is
(`oms_core.orders.doubles`), landing holds (`holding`), releasing one (`oms orders release`).

A double is looked for once, and never again after somebody has released it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from oms_core.orders.doubles import Basket, doubled
from oms_core.orders.lifecycle import EventType
from pipelines.home import Home
from pipelines.modelling.warehouse import select_table
from pipelines.ticket import Ticket

#: The source that these events name.
_DUPLICATE_CHECK = "duplicate_check"
#: Orders that reach us more than so many days late are not looked at.
_LATEST_DAYS = 31
_HOURS = """
    select channel_id, value as hours from raw.availability_rules
    where rule = 'duplicate_hours' and business_date <= ?
    qualify row_number() over (
        partition by channel_id order by known_at desc, effective_at desc, row_number desc, file_sha256 desc
    ) = 1"""
#: The latest statement of every line of the customers who have something new. An order is new if no build has known a
#: line of it yet.
_BASKETS = """
    with news as (
        select distinct channel_id, customer_key from raw.order_lines
        where load_number > (select ground_load from raw.run) and list_contains($channels, channel_id)
    ),
    latest as (
        select *, min(known_at) over order_of as first_known_at, min(load_number) over order_of as first_load
        from raw.order_lines semi join news using (channel_id, customer_key)
        where business_date >= $from_date
        window order_of as (partition by channel_id, order_ref)
        qualify row_number() over (
            partition by channel_id, order_ref, line_ref order by updated_at desc, known_at desc, row_number desc
        ) = 1
    )
    select channel_id, order_ref, any_value(customer_key) as customer_key, min(effective_at) as placed_at,
           min(first_known_at) as known_at, min(first_load) > (select ground_load from raw.run) as is_new,
           string_agg(concat_ws('|', sku, quantity, unit_price_minor, discount_minor, currency), ';'
               order by sku, quantity, unit_price_minor, discount_minor, currency) as goods,
           list({'line_ref': line_ref, 'quantity': quantity} order by line_ref)
               filter (line_status = 'open') as open_lines
    from latest where line_status <> 'cancelled' group by all"""
_HELD = "select event_ref from raw.order_events where source_id = ?"


def holds_of_doubled_orders(home: Home, ticket: Ticket) -> list[dict[str, object]]:
    """A hold for every open line of a new order that doubles another one, as rows of `order_events`."""
    hours = {row["channel_id"]: row["hours"] for row in select_table(home, _HOURS, [ticket.business_date]).to_pylist()}
    return _holds(home, ticket, hours) if any(hours.values()) else []


def _holds(home: Home, ticket: Ticket, hours: dict[str, float]) -> list[dict[str, object]]:
    channels = [channel_id for channel_id, value in hours.items() if value]
    # An order that was placed earlier than that is out of every window; its day may be another zone's.
    from_date = ticket.business_date - timedelta(hours=2 * max(hours.values())) - timedelta(days=_LATEST_DAYS)
    stated = select_table(home, _BASKETS, {"channels": channels, "from_date": from_date}).to_pylist()
    lines = {f"{row['channel_id']}:{row['order_ref']}": row for row in stated}
    baskets = [
        Basket(order_id, row["channel_id"], row["customer_key"] or "", row["goods"], row["placed_at"], row["known_at"],
               row["is_new"])
        for order_id, row in lines.items()
    ]  # fmt: skip
    found = doubled(baskets, hours)
    held = set(select_table(home, _HELD, [_DUPLICATE_CHECK]).column("event_ref").to_pylist()) if found else set()
    rows = [
        _hold(lines[order_id], line, earlier)
        for order_id, earlier in sorted(found.items())
        for line in lines[order_id]["open_lines"] or []
    ]
    return [row for row in rows if row["event_ref"] not in held]


def _hold(order: dict[str, Any], line: dict[str, Any], earlier: Basket) -> dict[str, object]:
    _, _, earlier_ref = earlier.order_id.partition(":")
    return {
        "source_id": _DUPLICATE_CHECK,
        "event_ref": f"{order['channel_id']}:{order['order_ref']}:{line['line_ref']}",
        "event_type": EventType.HELD.value,
        "channel_id": order["channel_id"],
        "order_ref": order["order_ref"],
        "order_line_ref": line["line_ref"],
        "quantity": line["quantity"],
        "reason": f"duplicate_review: same customer, goods and amounts as order {earlier_ref}, "
        f"placed {earlier.placed_at:%Y-%m-%d %H:%M} UTC",
        # When we learnt of the order: whoever releases the hold does so later, on the data's clock, too.
        "effective_at": order["known_at"],
        "business_date": order["known_at"].date(),
    }
