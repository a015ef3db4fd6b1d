"""Whatever was allocated: documents say all of it once, the same way every time, and come back as they went."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from oms_core.contracts import LANDED
from oms_core.fulfilment.documents import Document, build_documents, parse_document, to_table
from oms_core.fulfilment.spreadsheet import to_csv

AT = datetime(2026, 5, 31, tzinfo=UTC)
DAY = date(2026, 5, 31)
# Any text that a feed can deliver: valid Unicode, no NUL.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
FIXED = {
    "run_id": "r",
    "channel_id": "web",
    "reason_code": "x",
    "reason": "y",
    "priority": 1,
    "decision_rank": 1,
    "qty_ats_before": 9,
    "effective_at": AT,
    "business_date": DAY,
}
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "order_ref": TEXT,
            "line_ref": st.sampled_from(["1", "2"]),
            "sku": TEXT,
            "location_id": st.sampled_from(["WH", "ST", "../x"]) | TEXT,
            "decision": st.sampled_from(["allocated", "backordered"]),
            "quantity": st.integers(1, 1_000_000),
        }
    ),
    max_size=8,
    unique_by=lambda row: (row["order_ref"], row["line_ref"], row["location_id"]),
)


def build(rows: list[dict[str, Any]]) -> tuple[Document, ...]:
    table = pa.Table.from_pylist([FIXED | row for row in rows], LANDED["allocations"].arrow_schema)
    return build_documents(table, {}, {}, AT, DAY)


@given(ROWS)
def test_what_is_allocated_is_told_once_to_the_location_that_ships_it(rows: list[dict[str, Any]]) -> None:
    told = [
        (document.location_id, line.order_ref, line.line_ref, line.sku, line.quantity)
        for document in build(rows)
        for line in document.lines
    ]
    names = ("location_id", "order_ref", "line_ref", "sku", "quantity")
    assert sorted(told) == sorted(tuple(r[name] for name in names) for r in rows if r["decision"] == "allocated")
    assert to_table(build(rows), {}, "r", AT, DAY).num_rows == len(told)


@given(ROWS, st.integers())
def test_the_order_of_rows_does_not_matter_to_a_byte(rows: list[dict[str, Any]], seed: int) -> None:
    shuffled = rows.copy()
    Random(seed).shuffle(shuffled)
    assert [d.json_bytes for d in build(rows)] == [d.json_bytes for d in build(shuffled)]


@given(ROWS)
def test_a_document_comes_back_as_it_went(rows: list[dict[str, Any]]) -> None:
    for document in build(rows):
        assert parse_document(document.json_bytes) == document


@given(ROWS)
def test_the_csv_reads_back_with_as_many_records_and_no_formula(rows: list[dict[str, Any]]) -> None:
    for document in build(rows):
        records = list(csv.reader(io.StringIO(to_csv(document).decode(), newline="")))
        assert len(records) == len(document.lines) + 2
        assert not [cell for record in records for cell in record if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
