"""How much of an order line is in which state: by its totals, and event by event.

The totals' rule runs in dbt, over all lines at once (`macros/rules.sql`, `int_order_line_quantities`); here it is the
reference, by golden fixture (`tests/fixtures/golden/line_states.csv`). The transitions explain it: random streams of
events lead to the same split.

Belongs here: both rules. Does not belong here: how the totals are derived from feeds (dbt).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from oms_core.orders.lifecycle import EventType, LineState


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
