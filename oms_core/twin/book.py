"""The records of one day, before they become files.

Belongs here: the day's collected records by feed, and the row builders of the canonical record types.
Does not belong here: wire formats of channels (`wire`), files (`files`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from oms_core.contracts import landed, planned_events, rules
from oms_core.twin.clock import DayClock

Row = tuple[Any, ...]

CANONICAL = {
    contract.name: contract.names
    for contract in (
        landed.STOCK_MOVEMENTS,
        landed.STOCK_COUNTS,
        landed.ORDER_EVENTS,
        landed.PURCHASE_ORDERS,
        landed.PRODUCTS,
        landed.LOCATIONS,
        landed.SUPPLIERS,
        landed.CHANNELS,
        landed.LEAD_TIMES,
        landed.SUBSTITUTES,
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
        """State one row of a CSV feed."""
        self.rows.setdefault(feed, []).append(row)

    def move(
        self,
        kind: str,
        sku: str,
        location_id: str,
        quantity: int,
        ref: str,
        line: str,
        seconds: int,
        *,
        reason: str = "",
        po_ref: str = "",
        order: tuple[str, str, str] = ("", "", ""),
        counterparty: str = "",
    ) -> None:
        """State a stock movement, `seconds` after midnight. `order`: channel, order and line reference."""
        at, iso = self.clock.at(seconds), self.clock.iso
        row = (ref, line, kind, sku, location_id, quantity, reason, po_ref, *order, counterparty, at, iso)
        self.rows.setdefault("stock_movements", []).append(row)

    def happen(
        self, event_type: str, source_id: str, ref: str, order: tuple[str, str, str], quantity: int, seconds: int,
        *, amount_minor: int | str = "",
    ) -> None:  # fmt: skip
        """State an event of an order line, `seconds` after midnight. `order` as in `move`."""
        at, iso = self.clock.at(seconds), self.clock.iso
        row = (source_id, ref, event_type, *order, quantity, amount_minor, "", "", "", at, iso)
        self.rows.setdefault("order_events", []).append(row)


def decimal_text(minor: int) -> str:
    """Minor units as a decimal with two places: 1999 is "19.99"."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"
