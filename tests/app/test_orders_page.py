"""The page of orders: what one order shows, why it is held, and where it came from."""

from __future__ import annotations

from pathlib import Path

from dashboards.parts import lineage
from oms_core.store.published.lineage import STEPS
from oms_core.store.published.snapshots import Snapshot
from tests.app.reading import Opener


def test_a_held_line_says_why(open_page: Opener, home: Path) -> None:
    with Snapshot.current(home / "published") as snapshot:
        held = snapshot.query("select order_id from fct_order_lines where qty_held > 0 limit 1").to_pylist()[0]
    lines = open_page("orders", order=held["order_id"]).dataframe[0].value
    assert "address check" in set(lines["hold_reason"])


def test_an_order_shows_lines_events_shipments_decisions_documents_and_where_it_came_from(open_page: Opener) -> None:
    app = open_page("orders", order="web:100005", part="Where it came from")
    lines, events, shipments, decisions, exports, lineage = (element.value for element in app.dataframe)
    assert list(lines["line_state"]) == ["fulfilled"] * 3
    assert list(events["event_type"].unique()) == ["placed", "allocated", "document made", "shipped"]
    assert sorted(shipments["quantity"]) == [1, 2, 3]
    assert list(decisions["location_id"]) == ["WH-1"] * 3
    assert sorted(exports["qty_shipped"]) == [1, 2, 3]
    assert list(lineage["file_name"]) == ["orders_2026-06-01.json"] * 3
    assert list(lineage["row_number"]) == [1, 2, 3]


def test_a_line_is_followed_back_step_by_step(open_page: Opener) -> None:
    app = open_page("orders", order="web:100009", part="Where it came from")
    captions = [caption.value for caption in app.caption]
    for step in STEPS:
        assert any(caption.startswith(f"**{step.name.capitalize()}**") for caption in captions)
    shown = [set(element.value.columns) for element in app.dataframe]
    for step in ("document", "decision", "levels", "order line"):
        assert any({column.name for column in lineage.COLUMNS[step]} <= columns for columns in shown), step
