"""CSV and Excel files of a sheet: bytes out, and bytes in, whatever somebody uploads.

Belongs here: reading cells within bounds of size, and writing. Does not belong here: what cells mean (`sheet`).

A workbook is a zip of XML: how large it grows is known from its directory and bounded before anything is unpacked, and
no formula is ever evaluated.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable

import pandas as pd
from openpyxl import Workbook, load_workbook

from dashboards.safety_stock.sheet import MOST_ROWS, Cells, Refusal
from oms_core.fulfilment.spreadsheet import neutralise, neutralise_frame

#: A file of MOST_ROWS with all columns has a quarter of it.
MOST_BYTES = 100 * 1024 * 1024
_MOST_UNPACKED_BYTES = 500 * 1024 * 1024
_MOST_RATIO = 200
_MOST_COLUMNS = 200
_LONGEST_CELL = 500
#: What XML cannot hold, hence no workbook.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_PERCENT = "%"


def to_xlsx(frame: pd.DataFrame) -> bytes:
    """The frame as a workbook of one sheet, its header kept in sight; every text neutralised."""
    book = Workbook(write_only=True)
    page = book.create_sheet("safety stock")
    page.freeze_panes = "C2"
    safe = neutralise_frame(frame).astype(object)
    safe = safe.where(safe.notna(), None)
    page.append(list(safe.columns))
    for row in safe.itertuples(index=False):
        page.append([_UNWRITABLE.sub("", cell) if isinstance(cell, str) else cell for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read_file(name: str, content: bytes) -> Cells:
    """The cells of an uploaded file, `.xlsx` or CSV by its content; a file that is neither is one refusal."""
    if len(content) > MOST_BYTES:
        return _refused(name, f"larger than {MOST_BYTES // 1024**2} MB")
    try:
        return _read_xlsx(content) if content.startswith(b"PK") else _read_csv(content)
    except _UnreadableError as error:
        return _refused(name, str(error))


class _UnreadableError(Exception):
    """A file that is no sheet; the message says why."""


def _refused(name: str, reason: str) -> Cells:
    return Cells((), (), refusals=(Refusal(0, "the file", name, reason),))


def _read_xlsx(content: bytes) -> Cells:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_bomb(archive)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        page = book.worksheets[0]
        # What the file claims its size to be is not believed.
        page.reset_dimensions()
        formulas: set[tuple[int, int]] = set()
        rows = []
        for number, row in enumerate(page.iter_rows()):
            if number > MOST_ROWS:
                break
            rows.append(tuple(_text(cell.value, cell.number_format) for cell in row[:_MOST_COLUMNS]))
            formulas |= {(number - 1, column) for column, cell in enumerate(row) if cell.data_type == "f"}
    except _UnreadableError:
        raise
    # A damaged workbook fails inside zipfile, zlib, ElementTree or openpyxl, each in its own way.
    except Exception as error:
        raise _UnreadableError(f"no workbook that can be read ({type(error).__name__})") from error
    return _cells(rows, formulas)


def _refuse_bomb(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if unpacked > _MOST_UNPACKED_BYTES or (unpacked > 10 * 1024**2 and unpacked > _MOST_RATIO * max(packed, 1)):
        raise _UnreadableError(f"it would unpack to {unpacked:,} bytes: that is no sheet of ours")
    if "xl/workbook.xml" not in archive.namelist():
        raise _UnreadableError("a zip file, but no workbook")


def _text(value: object, number_format: str) -> str:
    """A cell as a person would type it; a share that is shown in per cent is that share."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value)
    if isinstance(value, float) and value == int(value) and _PERCENT not in (number_format or ""):
        return str(int(value))
    return str(value)


def _read_csv(content: bytes) -> Cells:
    if b"\x00" in content:
        raise _UnreadableError("neither a workbook nor text")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What spreadsheets of Western Europe save as "CSV".
        text = content.decode("cp1252", errors="replace")
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows: list[tuple[str, ...]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if len(rows) > MOST_ROWS:
                break
            rows.append(tuple(row[:_MOST_COLUMNS]))
    except csv.Error as error:
        raise _UnreadableError(f"line {len(rows) + 1} is no CSV: {error}") from error
    formulas = {
        (number - 1, column) for number, row in enumerate(rows) for column, cell in enumerate(row) if _is_formula(cell)
    }
    return _cells(rows, formulas)


def _is_formula(cell: str) -> bool:
    """Whether a spreadsheet would run it; a signed number is none."""
    text = cell.strip()
    return neutralise(text) != text and re.fullmatch(r"[+-][\d.,]+\s*%?", text) is None


def _cells(rows: list[tuple[str, ...]], formulas: Iterable[tuple[int, int]]) -> Cells:
    if not rows:
        return _refused("", "it has no row")
    header = tuple(name.strip().lower() for name in rows[0])
    refusals = []
    if len(rows) - 1 >= MOST_ROWS:
        refusals.append(Refusal(MOST_ROWS + 1, "", "", f"rows from {MOST_ROWS:,} on are not looked at"))
    body = [tuple(cell[:_LONGEST_CELL] for cell in row) for row in rows[1:MOST_ROWS]]
    return Cells(header, body, frozenset(formulas), tuple(refusals))
