"""Whatever happens to an order line, each of its units is in exactly one state."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from oms_core.orders.lifecycle import FOLLOWS, EventType, LineEvent, LineState, impossible_events
from oms_core.orders.quantities import LineFacts, LineQuantities, apply_event, split_quantity

START = datetime(2026, 1, 1, tzinfo=UTC)
QUANTITY = st.integers(0, 50)


@given(
    st.builds(
        LineFacts,
        qty_ordered=st.integers(1, 50),
        is_held=st.booleans(),
        qty_cancel_stated=QUANTITY,
        qty_shipped=QUANTITY,
        qty_allocated_ever=QUANTITY,
        qty_backordered_latest=QUANTITY,
        qty_pre_sold_latest=QUANTITY,
    )
)
def test_the_six_quantities_sum_to_what_was_ordered_and_none_is_negative(facts: LineFacts) -> None:
    quantities = split_quantity(facts)
    assert quantities.qty_ordered == facts.qty_ordered
    assert all(quantities.of(state) >= 0 for state in LineState)
    assert quantities.of(quantities.line_state) > 0
    assert 0 <= quantities.qty_pre_sold <= quantities.qty_backordered


EVENTS = st.lists(st.tuples(st.sampled_from(EventType), st.integers(1, 5), st.integers(0, 9)), max_size=20).map(
    lambda rows: [LineEvent(str(n), *row[:2], START + timedelta(hours=row[2])) for n, row in enumerate(rows)]
)


@given(EVENTS, st.randoms())
def test_what_is_impossible_does_not_depend_on_the_order_of_arrival(events: list[LineEvent], random: object) -> None:
    shuffled = events.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert impossible_events(shuffled) == impossible_events(events)


@given(EVENTS)
def test_without_the_impossible_no_more_happens_than_what_it_follows(events: list[LineEvent]) -> None:
    impossible = impossible_events(events)
    totals = Counter(dict.fromkeys(EventType, 0))
    for event in events:
        totals[event.event_type] += event.quantity
    over = {event_type for event_type, basis in FOLLOWS.items() if totals[event_type] > totals[basis]}
    assert over <= {event.event_type for event in events if event.event_id in impossible}


class LifeOfALine(RuleBasedStateMachine):
    """The closed rule over totals agrees with the events one by one, as runs and warehouses produce them."""

    def __init__(self) -> None:
        super().__init__()
        self.events = apply_event(LineQuantities(), EventType.PLACED, 20)
        self.cancelled = self.shipped = self.allocated_ever = self.backordered_latest = self.pre_sold_latest = 0

    @precondition(lambda self: self.events.qty_open + self.events.qty_backordered > 0)
    @rule(share=st.floats(0, 1), share_ahead=st.floats(0, 1))
    def a_run_decides_all_that_is_undecided(self, share: float, share_ahead: float) -> None:
        undecided = self.events.qty_open + self.events.qty_backordered
        allocated = round(share * undecided)
        if allocated:
            self.events = apply_event(self.events, EventType.ALLOCATED, allocated)
        if self.events.qty_open:
            self.events = apply_event(self.events, EventType.BACKORDERED, self.events.qty_open)
        self.allocated_ever += allocated
        self.backordered_latest = undecided - allocated
        self.pre_sold_latest = round(share_ahead * self.backordered_latest)
        self.events = apply_event(self.events, EventType.PRE_SOLD, self.pre_sold_latest)

    @precondition(lambda self: self.events.qty_allocated > 0)
    @rule(data=st.data())
    def a_warehouse_ships(self, data: st.DataObject) -> None:
        quantity = data.draw(st.integers(1, self.events.qty_allocated))
        self.events = apply_event(self.events, EventType.SHIPPED, quantity)
        self.shipped += quantity

    @precondition(lambda self: self.events.qty_open + self.events.qty_backordered + self.events.qty_allocated > 0)
    @rule(data=st.data())
    def the_customer_cancels(self, data: st.DataObject) -> None:
        line = self.events
        quantity = data.draw(st.integers(1, line.qty_open + line.qty_backordered + line.qty_allocated))
        self.events = apply_event(line, EventType.CANCELLED, quantity)
        self.cancelled += quantity

    @rule()
    def goods_come_back(self) -> None:
        self.events = apply_event(self.events, EventType.RETURNED, 1)

    @invariant()
    def the_rule_from_totals_agrees(self) -> None:
        decided = (self.allocated_ever, self.backordered_latest, self.pre_sold_latest)
        facts = LineFacts(20, False, self.cancelled, self.shipped, *decided)
        assert split_quantity(facts) == self.events


TestLifeOfALine = LifeOfALine.TestCase
