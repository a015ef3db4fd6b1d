"""The order line's state rule: golden cases shared with dbt, and the proof over published rows."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from oms_core.contracts import PUBLISHED
from oms_core.orders.lifecycle import (
    TRANSITIONS,
    EventType,
    IllegalTransitionError,
    LineFacts,
    LineQuantities,
    LineState,
    apply_event,
    lines_that_do_not_sum,
    split_quantity,
)

GOLDEN = Path(__file__).parents[2] / "fixtures" / "golden" / "line_states.csv"
INPUTS = ("qty_ordered", "qty_cancel_stated", "qty_shipped", "qty_allocated_ever", "qty_backordered_latest")


def golden_rows() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", golden_rows(), ids=lambda row: "-".join(row.values()))
def test_python_gives_the_golden_quantities_and_state(row: dict[str, str]) -> None:
    is_held = {"true": True, "false": False}[row["is_held"].lower()]
    quantities = split_quantity(LineFacts(is_held=is_held, **{name: int(row[name]) for name in INPUTS}))
    expected = {f"qty_{state}": int(row[f"qty_{state}"]) for state in LineState}
    assert {name: getattr(quantities, name) for name in expected} == expected
    assert quantities.line_state == row["line_state"]


def test_states_and_events_are_those_of_the_published_contract() -> None:
    assert set(LineState) == set(PUBLISHED["fct_order_lines"]["line_state"].allowed)
    assert set(EventType) == set(PUBLISHED["fct_order_events"]["event_type"].allowed)


def test_exported_and_returned_move_no_ordered_quantity() -> None:
    line = LineQuantities(qty_fulfilled=2, qty_allocated=1)
    assert set(EventType) - set(TRANSITIONS) == {EventType.PLACED, EventType.EXPORTED, EventType.RETURNED}
    assert apply_event(line, EventType.EXPORTED, 1) == apply_event(line, EventType.RETURNED, 2) == line


@pytest.mark.parametrize(
    ("event", "quantity"),
    [(EventType.ALLOCATED, 4), (EventType.SHIPPED, 4), (EventType.CANCELLED, 4), (EventType.BACKORDERED, 0)],
)
def test_an_event_takes_no_more_than_there_is_and_no_less_than_one(event: EventType, quantity: int) -> None:
    with pytest.raises(IllegalTransitionError, match=f"{event} {quantity}"):
        apply_event(LineQuantities(qty_open=3), event, quantity)


def test_what_is_fulfilled_cannot_be_cancelled() -> None:
    with pytest.raises(IllegalTransitionError, match="hold 0"):
        apply_event(LineQuantities(qty_fulfilled=3), EventType.CANCELLED, 1)


def test_the_proof_returns_the_lines_that_do_not_sum_and_no_others() -> None:
    quantities = {f"qty_{state}": [0, 0, 0] for state in LineState}
    lines = pd.DataFrame({"order_line_id": ["good", "short", "negative"], "qty_ordered": [5, 5, 5], **quantities})
    lines["qty_open"] = [5, 4, 6]
    lines["qty_held"] = [0, 0, -1]
    assert list(lines_that_do_not_sum(lines)["order_line_id"]) == ["short", "negative"]
    assert lines_that_do_not_sum(lines.head(0)).empty
