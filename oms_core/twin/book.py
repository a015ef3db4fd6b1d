"""The records of one day, before they become files.

Belongs here: the day's collected records by feed, and the row builders of the canonical record types.
Does not belong here: wire formats of channels (`wire`), files (`files`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from oms_core.contracts import landed, masters, planned_events, rules
from oms_core.twin.clock import DayClock

Row = tuple[Any, ...]

#: Optional columns that nothing of the network has: its files are without them.
_LEFT_OUT = {
    "order_events": {
        "currency",
        "fulfilment_method",
        "ship_to_country",
        "ship_to_region",
        "qty_ordered",
        "exchange_order_ref",
    },
    "stock_movements": {"lot_ref", "serial_ref"},
    "products": {"unit_volume_ml", "weight_grams", "handling_class"},
    "locations": {"capacity_units", "capacity_litres"},
    "suppliers": {"min_order_value_minor", "min_order_currency"},
}
#: The header of each canonical feed's files, by its name.
CANONICAL = {
    contract.name: tuple(name for name in contract.names if name not in _LEFT_OUT.get(contract.name, ()))
    for contract in (
        landed.STOCK_MOVEMENTS,
        landed.STOCK_COUNTS,
        landed.ORDER_EVENTS,
        landed.PURCHASE_ORDERS,
        masters.PRODUCTS,
        masters.LOCATIONS,
        masters.SUPPLIERS,
        masters.CHANNELS,
        landed.LEAD_TIMES,
        masters.SUBSTITUTES,
        rules.AVAILABILITY_RULES,
        planned_events.PLANNED_EVENTS,
    )
}
SHOPIFY, MARKETPLACE_FEED, POS_FEED = "shopify_orders", "marketplace_orders", "pos_sales"


@dataclass(frozen=True)
class LateFile:
    """Records of an earlier day that arrive apart, on the day at hand."""

    feed: str
    business_day: str
    records: list[Any]


@dataclass
class DayBook:
    """What counterparts state on one day. `rows` holds canonical record types and the two CSV channels."""

    clock: DayClock
    shopify: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    late: list[LateFile] = field(default_factory=list)
    dirt: list[dict[str, Any]] = field(default_factory=list)
    shrinkage: list[tuple[int, int, int]] = field(default_factory=list)
    order_line_count: int = 0
    shipped_line_count: int = 0

    def add(self, feed: str, row: Row) -> None:
        """State one row of a CSV feed. Raises ValueError where it has not a cell for each of the file's columns."""
        if feed in CANONICAL and len(row) != len(CANONICAL[feed]):
            raise ValueError(f"a row of {feed} has {len(row)} cells, its file {len(CANONICAL[feed])} columns")
        self.rows.setdefault(feed, []).append(row)

    def move(
        self, kind: str, sku: str, location_id: str, quantity: int, ref: str, line: str, seconds: int, **more: Any
    ) -> None:
        """State a `stock_movement`, of which `more` are the facts that not every one has."""
        row = stock_movement(self.clock, kind, sku, location_id, quantity, ref, line, seconds, **more)
        self.add("stock_movements", row)

    def happen(
        self, event_type: str, source_id: str, ref: str, order: tuple[str, str, str], quantity: int, seconds: int,
        *, amount_minor: int | str = "",
    ) -> None:  # fmt: skip
        """State an event of an order line, `seconds` after midnight. `order` as in `move`."""
        at, iso = self.clock.at(seconds), self.clock.iso
        row = (source_id, ref, event_type, *order, quantity, amount_minor, "", "", "", at, iso)
        self.add("order_events", row)


def stock_movement(
    clock: DayClock,
    kind: str,
    sku: str,
    location_id: str,
    quantity: int,
    ref: str,
    line: str,
    seconds: int,
    *,
    disposition: str = "",
    reason: str = "",
    po_ref: str = "",
    order: Sequence[str] = ("", "", ""),
    counterparty: str = "",
    parcel: tuple[str, str] = ("", ""),
) -> Row:
    """A row of the feed, `seconds` after midnight. `order`: channel, order and line reference; `parcel`: its carrier,
    and his number of it."""
    what = (kind, sku, location_id, quantity, disposition, reason, po_ref)
    return (ref, line, *what, *order, counterparty, *parcel, clock.at(seconds), clock.iso)


def decimal_text(minor: int) -> str:
    """Minor units as a decimal with two places: 1999 is "19.99"."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"
