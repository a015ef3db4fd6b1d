"""The life of an order line: its words, and its rules in plain Python.

The words (states, events, what a line waits for) are used everywhere. The rules run in dbt, over all lines at once
(`macros/rules.sql`, `int_order_line_quantities`); here they are the reference that tests hold the SQL against, by
golden fixtures (`tests/fixtures/golden/line_states.csv` and others) and random streams.

Belongs here: the states, how totals split a quantity over them, the transitions that explain the split event by event,
and what an event may follow. Does not belong here: how the totals are derived from feeds (dbt), nor who decides an
allocation (`allocation`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

_T = TypeVar("_T")


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


class IllegalTransitionError(ValueError):
    """An event takes more than its source states hold."""


#: What an event moves: from these states, in this order, into that one. `placed` brings the quantity in; `pre_sold`
#: says how much of what is backordered is sold ahead of supply by now; all others tell what happens to a quantity
#: within its state (picked, delivered) or after it (returned): they move no ordered quantity.
TRANSITIONS: dict[EventType, tuple[tuple[LineState, ...], LineState]] = {
    EventType.HELD: ((LineState.OPEN, LineState.BACKORDERED, LineState.ALLOCATED), LineState.HELD),
    EventType.HOLD_RELEASED: ((LineState.HELD,), LineState.OPEN),
    EventType.GIVEN_BACK: ((LineState.ALLOCATED,), LineState.OPEN),
    EventType.ALLOCATED: ((LineState.OPEN, LineState.BACKORDERED), LineState.ALLOCATED),
    EventType.BACKORDERED: ((LineState.OPEN,), LineState.BACKORDERED),
    EventType.SHIPPED: ((LineState.ALLOCATED, LineState.OPEN, LineState.BACKORDERED), LineState.FULFILLED),
    EventType.CANCELLED: (
        (LineState.OPEN, LineState.BACKORDERED, LineState.HELD, LineState.ALLOCATED),
        LineState.CANCELLED,
    ),
}

#: Ties between equally large undone quantities go to the state that needs a decision first.
_TIE_ORDER = (LineState.OPEN, LineState.BACKORDERED, LineState.ALLOCATED)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """Totals known of one order line, all in base units and none negative.

    `qty_cancel_stated`: cancelled before it left, as stated; may exceed what was left to cancel.
    `qty_allocated_ever`: sum of all allocations so far. `qty_backordered_latest`: of the latest decision;
    `qty_pre_sold_latest`: of that, sold ahead of supply.
    """

    qty_ordered: int
    is_held: bool = False
    qty_cancel_stated: int = 0
    qty_shipped: int = 0
    qty_allocated_ever: int = 0
    qty_backordered_latest: int = 0
    qty_pre_sold_latest: int = 0


@dataclass(frozen=True, slots=True)
class LineQuantities:
    """One order line's quantity by state, in base units; the six sum to what was ordered.

    `qty_pre_sold` is a part of what is backordered: it waits like the rest, but is sold ahead of supply that it has.
    """

    qty_cancelled: int = 0
    qty_held: int = 0
    qty_fulfilled: int = 0
    qty_allocated: int = 0
    qty_backordered: int = 0
    qty_open: int = 0
    qty_pre_sold: int = 0

    def of(self, state: LineState) -> int:
        """The quantity in that state."""
        return int(getattr(self, f"qty_{state}"))

    @property
    def qty_ordered(self) -> int:
        """The ordered quantity: the sum over all states."""
        return sum(self.of(state) for state in LineState)

    @property
    def line_state(self) -> LineState:
        """The line's one word: of the largest undone quantity, or of all of it once nothing is undone."""
        if self.qty_ordered == self.qty_fulfilled + self.qty_cancelled:
            return LineState.FULFILLED if self.qty_fulfilled > 0 else LineState.CANCELLED
        if self.qty_held > 0:
            return LineState.HELD
        return max(_TIE_ORDER, key=self.of)  # max keeps the first of equals: the tie order


def split_quantity(facts: LineFacts) -> LineQuantities:
    """Split an ordered quantity over the states, from totals alone.

    What has left is fulfilled, whatever else is said; a cancellation takes at most what has not left; a hold takes
    the whole rest; then come allocations not yet shipped, then what the latest decision backordered, then open.
    """
    fulfilled = min(facts.qty_shipped, facts.qty_ordered)
    cancelled = min(facts.qty_cancel_stated, facts.qty_ordered - fulfilled)
    rest = facts.qty_ordered - fulfilled - cancelled
    if facts.is_held:
        return LineQuantities(qty_cancelled=cancelled, qty_held=rest, qty_fulfilled=fulfilled)
    allocated = min(max(facts.qty_allocated_ever - facts.qty_shipped, 0), rest)
    backordered = min(facts.qty_backordered_latest, rest - allocated)
    pre_sold = min(facts.qty_pre_sold_latest, backordered)
    return LineQuantities(cancelled, 0, fulfilled, allocated, backordered, rest - allocated - backordered, pre_sold)


def order_waits_for(lines: Iterable[str]) -> str:
    """What an order waits for: the most pressing of what its lines wait for. dbt: `order_waits_for`; golden:
    order_waits.csv. Raises ValueError for an order without lines."""
    return min(lines, key=WAITS_FOR.index)


def is_held(channel_holds: bool, stated_at: datetime, desk_word: EventType | None, desk_at: datetime | None) -> bool:
    """Whether a line is held, by the channel's latest statement and by the order desk's last word on it.

    The desk's hold stands until the desk releases it, whatever the channel states: that speaks of its own hold. The
    desk's release lifts the channel's hold as it was stated until then; one that is stated later holds again.
    """
    if desk_word is EventType.HELD:
        return True
    released = desk_word is EventType.HOLD_RELEASED and desk_at is not None and desk_at >= stated_at
    return channel_holds and not released


def as_edited(stated: _T, stated_at: datetime, edited: _T, edited_at: datetime | None) -> _T:
    """How or where a line is sent, or how much of it: the last edit counts, until the channel states the line anew."""
    return edited if edited_at is not None and edited_at >= stated_at else stated


def qty_credited(qty_credited: int, qty_credited_since: int, qty_stated: int, qty_ordered: int) -> int:
    """What the channel has cancelled of a line: all that it credits. But where an edit took units off the line, what
    the channel credits since is taken for its word on the same units, up to their number."""
    return qty_credited - min(qty_credited_since, max(qty_stated - qty_ordered, 0))


def qty_cancel_stated(qty_by_channel: int, qty_by_desk: int) -> int:
    """What is cancelled of a line: the greater of both, because a channel that hears of our cancellation states it,
    too."""
    return max(qty_by_channel, qty_by_desk)


def apply_event(quantities: LineQuantities, event: EventType, quantity: int) -> LineQuantities:
    """The quantities after an event; IllegalTransitionError where the source states hold less than `quantity` units."""
    if event is EventType.PLACED:
        return replace(quantities, qty_open=quantities.qty_open + quantity)
    if event is EventType.PRE_SOLD:
        if not 0 <= quantity <= quantities.qty_backordered:
            raise IllegalTransitionError(f"{event} {quantity}: backordered hold {quantities.qty_backordered}")
        return replace(quantities, qty_pre_sold=quantity)
    if event not in TRANSITIONS:
        return quantities
    sources, target = TRANSITIONS[event]
    held_there = sum(quantities.of(state) for state in sources)
    if not 0 < quantity <= held_there:
        raise IllegalTransitionError(f"{event} {quantity}: {' + '.join(sources)} hold {held_there}")
    return _move(quantities, sources, target, quantity)


def _move(
    quantities: LineQuantities, sources: tuple[LineState, ...], target: LineState, quantity: int
) -> LineQuantities:
    changes = {f"qty_{target}": quantities.of(target) + quantity}
    for state in sources:
        taken = min(quantities.of(state), quantity)
        changes[f"qty_{state}"] = quantities.of(state) - taken
        quantity -= taken
    moved = replace(quantities, **changes)
    return replace(moved, qty_pre_sold=min(moved.qty_pre_sold, moved.qty_backordered))


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
