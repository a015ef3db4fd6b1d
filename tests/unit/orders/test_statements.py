"""What the channel and the order desk say of a line together: golden cases shared with dbt."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oms_core.orders.lifecycle import EventType
from oms_core.orders.statements import as_edited, is_held, qty_cancel_stated, qty_credited

GOLDEN = Path(__file__).parents[2] / "fixtures" / "golden" / "line_words.csv"


def golden_rows(path: Path = GOLDEN) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _at(hour: str) -> datetime | None:
    return datetime(2026, 3, 2, int(hour), tzinfo=UTC) if hour else None


@pytest.mark.parametrize("row", golden_rows(), ids=lambda row: row["case"])
def test_python_hears_channel_and_desk_as_the_golden_fixture_says(row: dict[str, str]) -> None:
    stated_at = _at(row["stated_hour"])
    assert stated_at
    word = EventType(row["desk_word"]) if row["desk_word"] else None
    held = is_held(row["channel_status"] == "held", stated_at, word, _at(row["desk_hour"]))
    assert held is (row["is_held"] == "true")
    assert qty_cancel_stated(int(row["qty_by_channel"]), int(row["qty_by_desk"])) == int(row["qty_cancel_stated"])


@pytest.mark.parametrize("row", golden_rows(GOLDEN.with_name("line_edits.csv")), ids=lambda row: row["case"])
def test_an_edit_stands_until_the_channel_states_the_line_anew(row: dict[str, str]) -> None:
    edits = [(_at(row[f"{name}_hour"]), row[name]) for name in ("edited", "earlier") if row[name]]
    edited_at, edited = max(edits, default=(None, None))
    stated_at = _at(row["stated_hour"])
    assert stated_at
    assert as_edited("north", stated_at, edited, edited_at) == row["region"]


@pytest.mark.parametrize("row", golden_rows(GOLDEN.with_name("line_quantities.csv")), ids=lambda row: row["case"])
def test_a_channel_that_credits_what_an_edit_took_off_a_line_cancels_no_more(row: dict[str, str]) -> None:
    stated, stated_at = int(row["qty_stated"]), _at(row["stated_hour"])
    assert stated_at
    ordered = as_edited(stated, stated_at, int(row["qty_edited"] or 0), _at(row["edited_hour"]))
    since = int(row["qty_since"])
    cancelled = qty_credited(int(row["qty_before"]) + since, since, stated, ordered)
    assert (ordered, cancelled) == (int(row["qty_ordered"]), int(row["qty_cancelled"]))
