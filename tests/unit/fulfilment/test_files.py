"""Files of the outbox: whole or not there, never somewhere else, never run by a spreadsheet."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from oms_core.fulfilment.documents import Document, DocumentLine, read_document
from oms_core.fulfilment.files import ExportFileError, safe_name, write_atomically
from oms_core.fulfilment.outbox import write_document
from oms_core.fulfilment.partners import Partner
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


class TestWriting:
    def test_a_file_appears_whole_and_leaves_nothing_beside_it(self, tmp_path: Path) -> None:
        path = write_atomically(tmp_path / "WH-1", "order.json", b"{}\n")
        assert path.read_bytes() == b"{}\n"
        assert [p.name for p in path.parent.iterdir()] == ["order.json"]

    def test_the_same_content_again_changes_nothing(self, tmp_path: Path) -> None:
        path = write_atomically(tmp_path, "order.json", b"{}\n")
        before = path.stat()
        write_atomically(tmp_path, "order.json", b"{}\n")
        after = path.stat()
        # Reading it to compare may move its access time; nothing else may move.
        assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
            before.st_ino,
            before.st_mtime_ns,
            before.st_ctime_ns,
        )

    def test_another_content_under_that_name_is_an_error_and_the_first_is_kept(self, tmp_path: Path) -> None:
        path = write_atomically(tmp_path, "order.json", b"first")
        with pytest.raises(ExportFileError, match="another content"):
            write_atomically(tmp_path, "order.json", b"second")
        assert path.read_bytes() == b"first"

    @pytest.mark.parametrize("name", ["", "..", "../x", "a/b", ".hidden", "a\0b", "a b", "ä"])
    def test_a_name_that_could_leave_the_folder_is_refused(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(ExportFileError, match="no name for an export file"):
            write_atomically(tmp_path / "outbox", name, b"x")
        assert list(tmp_path.iterdir()) == []

    def test_a_disk_that_refuses_leaves_nothing_behind(self, tmp_path: Path) -> None:
        program = (
            "import resource, signal, sys; from pathlib import Path\n"
            "from oms_core.fulfilment.files import write_atomically\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
            "write_atomically(Path(sys.argv[1]), 'order.json', b'x' * 5000)"
        )
        end = subprocess.run(
            [sys.executable, "-B", "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=60
        )
        assert end.returncode == 1
        assert "File too large" in end.stderr
        assert list(tmp_path.iterdir()) == []

    def test_two_processes_that_write_the_same_file_leave_it_whole(self, tmp_path: Path) -> None:
        program = (
            "import sys; from pathlib import Path; from oms_core.fulfilment.files import write_atomically\n"
            "write_atomically(Path(sys.argv[1]), 'order.json', b'x' * 200_000)"
        )
        writers = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(3)]
        assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
        assert [path.name for path in tmp_path.iterdir()] == ["order.json"]
        assert (tmp_path / "order.json").stat().st_size == 200_000


class TestOutbox:
    def test_a_document_is_a_json_and_a_csv_in_its_partners_folder_named_by_its_id(self, tmp_path: Path) -> None:
        *_, path = write_document(tmp_path, document(), Partner(), 1)
        assert path == tmp_path / "WH-1" / f"2026-05-31-W1_WH-1_{document().export_id}.json"
        assert path.with_suffix(".csv").read_bytes() == to_csv(document())
        assert read_document(path) == document()

    def test_writing_it_again_writes_nothing(self, tmp_path: Path) -> None:
        *_, path = write_document(tmp_path, document(), Partner(), 1)
        before = {p: p.stat().st_mtime_ns for p in path.parent.iterdir()}
        write_document(tmp_path, document(), Partner(), 1)
        assert {p: p.stat().st_mtime_ns for p in path.parent.iterdir()} == before

    @pytest.mark.parametrize("location_id", ["../../escape", "/abs/olute", "..", "C:\\temp", ""])
    def test_a_location_from_outside_cannot_leave_the_outbox(self, tmp_path: Path, location_id: str) -> None:
        outbox = tmp_path / "deep" / "outbox"
        write_document(outbox, document(location_id), Partner(), 1)
        written = [Path(folder) / name for folder, _, names in os.walk(tmp_path) for name in names]
        assert len(written) == 2
        assert all(outbox in path.parents for path in written)


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
