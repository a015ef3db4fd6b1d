"""A document's files: what they are called, what they say, never run by a spreadsheet."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from oms_core.fulfilment.documents import Document, DocumentLine, parse_document
from oms_core.fulfilment.names import safe_name
from oms_core.fulfilment.partners import Partner
from oms_core.fulfilment.rendering import render
from oms_core.fulfilment.spreadsheet import neutralise, neutralise_frame, to_csv

AT = datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC)


def document(location_id: str = "WH-1", description: str = "Mug", quantity: int = 3) -> Document:
    line = DocumentLine(1, "web", "#1001", "1", "MUG", description, quantity)
    return Document(location_id, location_id, "2026-05-31-W1", AT, (line,))


class TestNames:
    @pytest.mark.parametrize("name", ["WH-1", "store_07", "LEEDS.2"])
    def test_a_safe_identifier_stays_as_it_is(self, name: str) -> None:
        assert safe_name(name) == name

    @pytest.mark.parametrize(
        "name",
        [
            "",
            ".",
            "..",
            "../../etc/passwd",
            "/etc",
            "a/b",
            "a\\b",
            "C:\\x",
            "a\0b",
            ".hidden",
            "-rf",
            "CON",
            "nul.txt",
            "é",
            "x" * 300,
            "a\nb",
        ],
    )
    def test_any_other_identifier_becomes_a_single_plain_name(self, name: str) -> None:
        made = safe_name(name)
        assert Path(made).name == made
        assert made.isascii()
        assert not made.startswith((".", "-"))
        assert 0 < len(made) <= 64

    def test_different_identifiers_never_share_a_name(self) -> None:
        names = ["a/b", "a\\b", "a:b", "a_b", "a b", "..", ".", ""]
        assert len({safe_name(name) for name in names}) == len(names)


class TestRendering:
    def test_a_document_is_a_csv_and_a_json_named_by_its_id(self) -> None:
        name = f"2026-05-31-W1_WH-1_{document().export_id}"
        table, text = render(document(), Partner(), 1)
        assert (table.name, table.data) == (f"{name}.csv", to_csv(document()))
        assert (text.name, parse_document(text.data)) == (f"{name}.json", document())

    @pytest.mark.parametrize("location_id", ["../../escape", "/abs/olute", "..", "C:\\temp", ""])
    def test_a_location_from_outside_gives_a_plain_name(self, location_id: str) -> None:
        for file in render(document(location_id), Partner(), 1):
            assert Path(file.name).name == file.name
            assert not file.name.startswith(".")


class TestSpreadsheet:
    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
    def test_a_formula_is_neutralised(self, text: str) -> None:
        assert neutralise(text) == "'" + text

    @pytest.mark.parametrize("text", ["", "Mug", "a=b", "10-4", "'x"])
    def test_other_text_stays_as_it_is(self, text: str) -> None:
        assert neutralise(text) == text

    def test_no_cell_of_the_csv_starts_a_formula(self) -> None:
        data = to_csv(document("=WH", description="=cmd|' /C calc'!A0"))
        cells = [cell for row in csv.reader(io.StringIO(data.decode())) for cell in row]
        assert "'=cmd|' /C calc'!A0" in cells
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]

    def test_a_frame_is_neutralised_in_its_texts_and_names_only(self) -> None:
        frame = pd.DataFrame({"=name": ["=1", None, "Mug"], "mixed": ["@x", 5, b"=y"], "net_minor": [-1, 2, 3]})
        found = neutralise_frame(frame)
        assert list(found.columns) == ["'=name", "mixed", "net_minor"]
        assert found["'=name"].tolist()[0::2] == ["'=1", "Mug"]
        assert found["'=name"].isna().tolist() == [False, True, False]
        assert found["mixed"].tolist() == ["'@x", 5, b"=y"]
        assert found["net_minor"].tolist() == [-1, 2, 3]
        assert list(frame.columns) == ["=name", "mixed", "net_minor"]

    def test_the_json_keeps_the_text_as_it_is(self) -> None:
        assert b'"description":"=1+1"' in document(description="=1+1").json_bytes

    def test_the_trailer_holds_counts_and_the_hash_of_what_is_above_it(self) -> None:
        data = to_csv(document(description='a "quoted", text'))
        body, trailer = data[: data.index(b"TRAILER")], data[data.index(b"TRAILER") :]
        assert trailer.decode().strip().split(",") == ["TRAILER", "1", "3", hashlib.sha256(body).hexdigest()]
        assert data.count(b"\r\n") == 3
