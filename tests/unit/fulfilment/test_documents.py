"""Export documents: what they say, that they are always the same, and that a changed one is noticed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from oms_core.contracts import LANDED
from oms_core.fulfilment.documents import (
    DamagedDocumentError,
    Document,
    DocumentLine,
    build_documents,
    parse_document,
    read_document,
    to_table,
    wave_name,
)

AT = datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC)
DAY = date(2026, 5, 31)
ROW = {
    "run_id": "run-1",
    "channel_id": "web",
    "line_ref": "1",
    "sku": "MUG",
    "decision": "allocated",
    "reason_code": "store",
    "reason": "Because.",
    "priority": 1,
    "decision_rank": 1,
    "qty_ats_before": 9,
    "effective_at": AT,
    "business_date": DAY,
}


def allocations(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist([ROW | row for row in rows], LANDED["allocations"].arrow_schema)


TWO_PLACES = (
    {"order_ref": "2", "location_id": "WH-2", "quantity": 3},
    {"order_ref": "3", "location_id": "WH-1", "quantity": 4},
    {"order_ref": "1", "location_id": "WH-1", "quantity": 5},
    {"order_ref": "4", "location_id": None, "quantity": 6, "decision": "backordered"},
)


def build(*rows: dict[str, Any], waves: dict[str, int] | None = None) -> tuple[Document, ...]:
    return build_documents(allocations(*rows), {"MUG": "Mug, größe L"}, waves or {}, AT, DAY)


def test_there_is_one_document_a_location_with_only_what_it_is_to_ship() -> None:
    first, second = build(*TWO_PLACES)
    assert (first.location_id, first.wave, [line.order_ref for line in first.lines]) == (
        "WH-1",
        "2026-05-31-W1",
        ["1", "3"],
    )
    assert (second.location_id, second.payload["line_count"], second.payload["quantity_total"]) == ("WH-2", 1, 3)


def test_the_json_has_the_agreed_shape_sorted_keys_and_no_fraction() -> None:
    document = build(*TWO_PLACES)[1]
    content = json.loads(document.json_bytes)
    assert content == {
        "document_type": "warehouse_order",
        "partner_id": "WH-2",
        "location_id": "WH-2",
        "wave": "2026-05-31-W1",
        "revision": 1,
        "created_at": "2026-05-31T23:59:59+00:00",
        "line_count": 1,
        "quantity_total": 3,
        "lines": [
            {
                "line_number": 1,
                "channel_id": "web",
                "order_ref": "2",
                "line_ref": "1",
                "sku": "MUG",
                "description": "Mug, größe L",
                "quantity": 3,
            }
        ],
        "export_id": document.export_id,
        "sha256": content["sha256"],
    }
    assert list(content) == sorted(content)
    assert document.json_bytes.endswith(b"}\n")


def test_the_hash_inside_is_of_the_document_without_it_and_the_id_of_all_it_says() -> None:
    document = build(*TWO_PLACES)[0]
    content = json.loads(document.json_bytes)

    def canonical(value: object) -> bytes:
        return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()

    stated_hash = content.pop("sha256")
    assert hashlib.sha256(canonical(content)).hexdigest() == stated_hash
    stated_id = content.pop("export_id")
    parts = ["WH-1", "warehouse_order", "WH-1|2026-05-31-W1", 1, content]
    assert hashlib.sha256(canonical(parts)).hexdigest() == stated_id


def test_a_second_wave_of_the_day_has_its_own_number_and_id() -> None:
    row = {"order_ref": "1", "location_id": "WH-1", "quantity": 5}
    (first,), (second,) = build(row), build(row, waves={"WH-1": 2})
    assert second.wave == "2026-05-31-W2"
    assert first.export_id != second.export_id


def test_nothing_allocated_gives_no_document() -> None:
    assert build() == ()
    assert build({"order_ref": "4", "location_id": None, "quantity": 6, "decision": "held"}) == ()


def test_a_wave_before_the_first_is_refused() -> None:
    with pytest.raises(ValueError, match="count from 1, not 0"):
        wave_name(DAY, 0)


def test_a_document_needs_an_instant_with_a_zone() -> None:
    with pytest.raises(ValueError, match="names no zone"):
        Document("WH", "WH", "2026-05-31-W1", AT.replace(tzinfo=None), ())


def test_the_table_has_the_contracts_columns_and_a_row_a_line() -> None:
    documents = build(*TWO_PLACES)
    table = to_table(documents, {documents[0].export_id: 7}, "run-1", AT, DAY)
    assert table.schema == LANDED["exports"].arrow_schema
    assert [(r["location_id"], r["line_number"], r["quantity"]) for r in table.to_pylist()] == [
        ("WH-1", 1, 5),
        ("WH-1", 2, 4),
        ("WH-2", 1, 3),
    ]
    assert set(table.column("document_sha256").to_pylist()) == {
        hashlib.sha256(document.json_bytes).hexdigest() for document in documents
    }
    assert to_table([], {}, "run-1", AT, DAY).schema == LANDED["exports"].arrow_schema


class TestReading:
    def test_a_document_comes_back_as_it_was(self, tmp_path: Path) -> None:
        for document in build(*TWO_PLACES):
            path = tmp_path / document.file_name
            path.write_bytes(document.json_bytes)
            assert read_document(path) == document

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b'"quantity":3', b'"quantity":4'),
            (b'"quantity_total":3', b'"quantity_total":4'),
            (b'"line_count":1', b'"line_count":2'),
            (b'"sku":"MUG"', b'"sku":"CUP"'),
            (b'"wave":"2026-05-31-W1"', b'"wave":"2026-05-31-W2"'),
            (b'"revision":1', b'"revision": 1'),
            (b"}\n", b"}"),
            (b'"lines"', b'"rows"'),
            (b'"revision"', b'"edition"'),
        ],
    )
    def test_a_changed_document_is_refused_by_name(self, old: bytes, new: bytes) -> None:
        data = build(*TWO_PLACES)[1].json_bytes
        assert old in data
        with pytest.raises(DamagedDocumentError, match=r"order\.json"):
            parse_document(data.replace(old, new), "order.json")

    @pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{}", b"\xff\xfe", b'{"lines": 3}', b"[1.0]", b"[NaN]"])
    def test_what_is_no_document_is_refused_by_name(self, data: bytes) -> None:
        with pytest.raises(DamagedDocumentError, match=r"order\.json is not a whole export document"):
            parse_document(data, "order.json")

    def test_a_document_cut_anywhere_is_refused(self) -> None:
        data = build(*TWO_PLACES)[1].json_bytes
        for length in range(len(data)):
            with pytest.raises(DamagedDocumentError):
                parse_document(data[:length])


def test_any_change_of_content_is_another_id() -> None:
    line = DocumentLine(1, "web", "1", "1", "MUG", "Mug", 3)
    base = Document("P", "L", "2026-05-31-W1", AT, (line,))
    others = [
        dataclasses.replace(base, partner_id="Q"),
        dataclasses.replace(base, location_id="M"),
        dataclasses.replace(base, wave="2026-05-31-W2"),
        dataclasses.replace(base, revision=2),
        dataclasses.replace(base, created_at=AT.replace(second=0)),
        dataclasses.replace(base, lines=(dataclasses.replace(line, quantity=4),)),
        dataclasses.replace(base, partner_id="P|L", location_id=""),
    ]
    assert len({document.export_id for document in (base, *others)}) == len(others) + 1
