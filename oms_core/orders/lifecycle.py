"""The life of an order line in words: its states, what it waits for, its events, and what an event may follow.

The words are used everywhere. The rules run in dbt, over all lines at once; here they are the reference that tests hold
the SQL against, by golden fixtures (`tests/fixtures/golden/line_events.csv` and others) and random streams.

Belongs here: the words and their order. Does not belong here: how much of a line is in which state (`quantities`),
whose word counts (`statements`), who decides an allocation (`allocation`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LineState(StrEnum):
    """Where a unit of an order line stands; every unit is in exactly one state."""

    CANCELLED = "cancelled"
    HELD = "held"
    FULFILLED = "fulfilled"
    ALLOCATED = "allocated"
    BACKORDERED = "backordered"
    OPEN = "open"


#: What a line may wait for, the most pressing first: a person, a decision, goods, those who send them, nothing.
WAITS_FOR = (
    "fraud_review", "payment", "address", "duplicate", "review", "product", "decision", "stock", "supply", "wave",
    "warehouse", "carrier", "nothing",
)  # fmt: skip


class EventType(StrEnum):
    """What can happen to a quantity of an order line, in the order that counts where two happen at one instant."""

    PLACED = "placed"
    EDITED = "edited"
    VALIDATED = "validated"
    HELD = "held"
    HOLD_RELEASED = "hold_released"
    PRE_SOLD = "pre_sold"
    ALLOCATED = "allocated"
    BACKORDERED = "backordered"
    EXPORTED = "exported"
    RECALLED = "recalled"
    GIVEN_BACK = "given_back"
    BARRED = "barred"
    ASSIGNED = "assigned"
    RELEASED = "released"
    PICKED = "picked"
    SHORT_PICKED = "short_picked"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURN_REQUESTED = "return_requested"
    RETURNED = "returned"
    INSPECTED = "inspected"
    RESTOCKED = "restocked"
    WRITTEN_OFF = "written_off"
    REFUNDED = "refunded"
    EXCHANGED = "exchanged"


#: What an event follows: of a line, no more may be shipped than was placed, delivered than was shipped, restocked than
#: came back. Only what has a limit is here; dbt's `event_limit` states the same table (golden: line_events.csv).
FOLLOWS: dict[EventType, EventType] = {
    EventType.VALIDATED: EventType.PLACED,
    EventType.PICKED: EventType.PLACED,
    EventType.PACKED: EventType.PLACED,
    EventType.SHIPPED: EventType.PLACED,
    EventType.DELIVERED: EventType.SHIPPED,
    EventType.RETURN_REQUESTED: EventType.SHIPPED,
    EventType.RETURNED: EventType.SHIPPED,
    EventType.INSPECTED: EventType.RETURNED,
    EventType.RESTOCKED: EventType.RETURNED,
    EventType.WRITTEN_OFF: EventType.RETURNED,
    EventType.EXCHANGED: EventType.RETURNED,
}
#: Events that share the limit of what they follow: what came back is restocked or written off, not both.
_ALTERNATIVES: dict[EventType, str] = {EventType.RESTOCKED: "disposed", EventType.WRITTEN_OFF: "disposed"}
_RANK = {event: rank for rank, event in enumerate(EventType)}


def order_waits_for(lines: Iterable[str]) -> str:
    """What an order waits for: the most pressing of what its lines wait for. dbt: `order_waits_for`; golden:
    order_waits.csv. Raises ValueError for an order without lines."""
    return min(lines, key=WAITS_FOR.index)


@dataclass(frozen=True, slots=True)
class LineEvent:
    """One event of one order line, as somebody stated it."""

    event_id: str
    event_type: EventType
    quantity: int
    effective_at: datetime


def impossible_events(events: Iterable[LineEvent]) -> set[str]:
    """Ids of a line's events whose type has, with them, happened to more than what it follows.

    A function of the set of events, not of the order in which they became known. An impossible event still counts for
    those after it: what the world states is added up, never dropped.
    """
    totals: Counter[str] = Counter()
    impossible = set()
    for event in sorted(events, key=lambda e: (e.effective_at, _RANK[e.event_type], e.event_id)):
        together = _ALTERNATIVES.get(event.event_type, event.event_type)
        totals[together] += event.quantity
        basis = FOLLOWS.get(event.event_type)
        if basis is not None and totals[together] > totals[basis]:
            impossible.add(event.event_id)
    return impossible
