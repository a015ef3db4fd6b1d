"""The order line's state rule: golden cases shared with dbt, and the proof over published rows."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oms_core.contracts import LANDED, PUBLISHED
from oms_core.orders.lifecycle import (
    FOLLOWS,
    WAITS_FOR,
    EventType,
    LineEvent,
    LineState,
    impossible_events,
    order_waits_for,
)
from oms_core.orders.quantities import (
    TRANSITIONS,
    IllegalTransitionError,
    LineFacts,
    LineQuantities,
    apply_event,
    split_quantity,
)

GOLDEN = Path(__file__).parents[2] / "fixtures" / "golden" / "line_states.csv"
EVENTS = GOLDEN.with_name("line_events.csv")
INPUTS = ("qty_ordered", "qty_cancel_stated", "qty_shipped", "qty_allocated_ever")
INPUTS += ("qty_backordered_latest", "qty_pre_sold_latest")


def golden_rows(path: Path = GOLDEN) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", golden_rows(), ids=lambda row: "-".join(row.values()))
def test_python_gives_the_golden_quantities_and_state(row: dict[str, str]) -> None:
    is_held = {"true": True, "false": False}[row["is_held"].lower()]
    quantities = split_quantity(LineFacts(is_held=is_held, **{name: int(row[name]) for name in INPUTS}))
    expected = {f"qty_{part}": int(row[f"qty_{part}"]) for part in (*LineState, "pre_sold")}
    assert {name: getattr(quantities, name) for name in expected} == expected
    assert quantities.line_state == row["line_state"]


def test_states_and_events_are_those_of_the_published_contract() -> None:
    assert set(LineState) == set(PUBLISHED["fct_order_lines"]["line_state"].allowed)
    assert set(EventType) == set(PUBLISHED["fct_order_events"]["event_type"].allowed)


def test_what_others_may_state_is_a_part_of_the_lifecycle() -> None:
    assert set(LANDED["order_events"]["event_type"].allowed) < set(EventType)


def test_sql_states_the_same_events_in_the_same_order_with_what_they_follow() -> None:
    rules = (Path(__file__).parents[3] / "dbt_project" / "macros" / "rules.sql").read_text(encoding="utf-8")
    macro = rules[rules.index("macro event_types()") : rules.index("macro event_rank()")]
    stated = re.findall(r"\('(\w+)', (?:'(\w+)'|none)\)", macro)
    assert stated == [(str(event), str(FOLLOWS.get(event, ""))) for event in EventType]


@pytest.mark.parametrize("row", golden_rows(GOLDEN.with_name("order_waits.csv")), ids=lambda row: row["case"])
def test_an_order_waits_for_the_most_pressing_of_what_its_lines_wait_for(row: dict[str, str]) -> None:
    assert order_waits_for(row["lines"].split()) == row["waits_for"]


def test_sql_ranks_what_is_waited_for_in_the_same_order() -> None:
    rules = (Path(__file__).parents[3] / "dbt_project" / "macros" / "rules.sql").read_text(encoding="utf-8")
    macro = rules[rules.index("macro order_waits_for()") : rules.index("case min(case waits_for")]
    assert tuple(re.findall(r"'(\w+)'", macro)) == WAITS_FOR


@pytest.mark.parametrize("case", sorted({row["case"] for row in golden_rows(EVENTS)}))
def test_python_flags_the_golden_events(case: str) -> None:
    rows = [row for row in golden_rows(EVENTS) if row["case"] == case]
    day = datetime(2026, 3, 1, tzinfo=UTC)
    events = [
        LineEvent(row["hour"], EventType(row["event_type"]), int(row["quantity"]), day.replace(hour=int(row["hour"])))
        for row in rows
    ]
    assert impossible_events(events) == {row["hour"] for row in rows if row["is_possible"] == "false"}


def test_exported_and_returned_move_no_ordered_quantity() -> None:
    line = LineQuantities(qty_fulfilled=2, qty_allocated=1)
    moving = {EventType.HELD, EventType.HOLD_RELEASED, EventType.GIVEN_BACK}
    moving |= {EventType.ALLOCATED, EventType.BACKORDERED, EventType.SHIPPED, EventType.CANCELLED}
    assert set(TRANSITIONS) == moving
    assert apply_event(line, EventType.EXPORTED, 1) == apply_event(line, EventType.RETURNED, 2) == line


@pytest.mark.parametrize(
    ("event", "quantity"),
    [(EventType.ALLOCATED, 4), (EventType.SHIPPED, 4), (EventType.CANCELLED, 4), (EventType.BACKORDERED, 0)],
)
def test_an_event_takes_no_more_than_there_is_and_no_less_than_one(event: EventType, quantity: int) -> None:
    with pytest.raises(IllegalTransitionError, match=f"{event} {quantity}"):
        apply_event(LineQuantities(qty_open=3), event, quantity)


def test_what_is_sold_ahead_of_supply_is_a_part_of_what_waits_and_leaves_with_it() -> None:
    line = apply_event(LineQuantities(qty_backordered=5), EventType.PRE_SOLD, 4)
    assert (line.qty_ordered, line.qty_backordered, line.qty_pre_sold) == (5, 5, 4)
    assert apply_event(line, EventType.ALLOCATED, 3).qty_pre_sold == 2
    assert apply_event(line, EventType.PRE_SOLD, 0).qty_pre_sold == 0
    with pytest.raises(IllegalTransitionError, match="pre_sold 6"):
        apply_event(line, EventType.PRE_SOLD, 6)


def test_what_is_fulfilled_cannot_be_cancelled() -> None:
    with pytest.raises(IllegalTransitionError, match="hold 0"):
        apply_event(LineQuantities(qty_fulfilled=3), EventType.CANCELLED, 1)
