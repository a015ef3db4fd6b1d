"""The first look at a partner's file, at its bytes, before any parser sees it.

Belongs here: size, encoding, line lengths, quoting and the record count of delimited text; the choice of the
screen for a format. Does not belong here: JSON's own screen (`screening_json`), meaning.

Everything runs over blocks of 1 MiB: memory does not grow with the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from oms_core.feeds.chunks import Screening
from oms_core.feeds.mapping.definition import FeedDefinition
from oms_core.feeds.rejections import FileRefused
from oms_core.feeds.screening_json import screen_json
from oms_core.feeds.x12.reading import screen_x12

BLOCK_BYTES = 1 << 20
#: A record may be this many times as long as its longest permitted field.
_FIELDS_A_RECORD = 4
_CLOSING_QUOTE = re.compile(rb'(?:[^"]++|"")*+"(?!")')
_BOM = b"\xef\xbb\xbf"
#: How packed files begin, which nothing here unpacks.
_PACKED = {
    b"PK\x03\x04": "a ZIP archive, or a workbook of Excel (.xlsx), which is one. Ask for each sheet as CSV, unpacked.",
    b"\xd0\xcf\x11\xe0": "a workbook of an old Excel (.xls). Ask for each sheet as CSV.",
    b"\x1f\x8b": "packed by gzip. Ask for it unpacked.",
}


def screen(definition: FeedDefinition, path: Path) -> Screening:
    """Look at a file's bytes. Raises FileRefused, with file, record and remedy, where no parser may see it."""
    path = Path(path)
    size = path.stat().st_size
    if size == 0:
        raise FileRefused("empty_file", f"{path.name}: the file is empty. Ask for it again.")
    if size > definition.maximum_bytes:
        raise FileRefused(
            "too_big",
            f"{path.name}: {size:,} bytes, and feed {definition.feed} takes at most {definition.maximum_bytes:,}. "
            "Split the file, or raise `maximum_bytes` in the definition.",
        )
    if is_parquet(definition, path):
        return _screen_parquet(path)
    if definition.format == "x12":
        return screen_x12(path)
    if definition.format == "shopify":
        return screen_json(definition, path, _checked_blocks(definition, path))
    return _screen_text(definition, path)


def is_parquet(definition: FeedDefinition, path: Path) -> bool:
    """Whether the file is to be read as Parquet: by the definition, or by its suffix where that is `auto`."""
    by_suffix = definition.format == "auto" and path.suffix.lower() in (".parquet", ".pq")
    return definition.format == "canonical_parquet" or by_suffix


def _screen_parquet(path: Path) -> Screening:
    try:
        rows = pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError) as error:
        raise FileRefused(
            "not_parquet", f"{path.name}: it is no whole Parquet file ({str(error)[:120]}). Ask for it again."
        ) from error
    return Screening(path.name, rows)


def _checked_blocks(definition: FeedDefinition, path: Path) -> Iterator[bytes]:
    """The file's blocks without its BOM, each looked at for NUL bytes and UTF-16."""
    with path.open("rb") as file:
        for number, block in enumerate(iter(lambda: file.read(BLOCK_BYTES), b"")):
            if number == 0:
                _check_beginning(definition, path, block)
            if b"\0" in block:
                offset = number * BLOCK_BYTES + block.index(b"\0")
                raise FileRefused(
                    "nul_bytes",
                    f"{path.name}: byte {offset:,} is NUL: it is no text, or UTF-16. Ask for {_name(definition)}.",
                )
            has_bom = number == 0 and definition.encoding == "utf-8" and block.startswith(_BOM)
            yield block[len(_BOM) :] if has_bom else block


def _check_beginning(definition: FeedDefinition, path: Path, block: bytes) -> None:
    for beginning, what in _PACKED.items():
        if block.startswith(beginning):
            raise FileRefused("packed", f"{path.name}: it is {what}")
    if block[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileRefused("wrong_encoding", f"{path.name}: it is UTF-16. Ask for {_name(definition)}.")


def _name(definition: FeedDefinition) -> str:
    return definition.encoding.upper()


@dataclass
class _Scan:
    """Where the look at delimited text stands."""

    definition: FeedDefinition
    path: Path
    delimiter: bytes = field(init=False)
    records: int = 0
    is_open: bool = False
    record_bytes: int = 0
    record: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.delimiter = self.definition.delimiter.encode()

    @property
    def row_number(self) -> int | None:
        """The record that is being looked at; None in the header."""
        return self.records or None

    def line(self, line: bytes) -> None:
        """Take one physical line, with its end."""
        if not self.is_open and line in (b"\n", b"\r", b"\r\n"):
            return
        self.record_bytes += len(line)
        self.check_length(self.record_bytes)
        if b'"' in line:
            self.is_open = _is_open_after(line, self.delimiter, self.is_open)
        if self.is_open or self.record:
            self.record.append(line)
        if not self.is_open:
            self._end(line)

    def _end(self, line: bytes) -> None:
        if self.record_bytes > self.definition.maximum_field_bytes:
            self._check_fields(b"".join(self.record) or line)
        self.records += 1
        self.record_bytes = 0
        self.record = []

    def _check_fields(self, record: bytes) -> None:
        csv.field_size_limit(max(csv.field_size_limit(), _FIELDS_A_RECORD * self.definition.maximum_field_bytes))
        text = io.StringIO(record.decode(self.definition.encoding), newline="")
        fields = next(csv.reader(text, delimiter=self.definition.delimiter))
        if any(len(value.encode()) > self.definition.maximum_field_bytes for value in fields):
            raise self.too_long()

    def check_length(self, record_bytes: int) -> None:
        if record_bytes > _FIELDS_A_RECORD * self.definition.maximum_field_bytes:
            raise self.too_long()

    def too_long(self) -> FileRefused:
        unclosed = " A quote that is never closed looks like this, too." if self.is_open else ""
        return FileRefused(
            "field_too_long",
            f"{self.path.name}: {self.where} holds a field of more than {self.definition.maximum_field_bytes:,} bytes. "
            f"Mend the record and send the file again.{unclosed}",
            self.row_number,
        )

    @property
    def where(self) -> str:
        return f"record {self.records:,}" if self.records else "the header"


def _is_open_after(line: bytes, delimiter: bytes, is_open: bool) -> bool:
    """Whether a quoted field is still open at the line's end. A quote opens only at the start of a field."""
    place, opening = 0, delimiter + b'"'
    if not is_open and line.startswith(b'"'):
        is_open, place = True, 1
    while True:
        if is_open:
            closed = _CLOSING_QUOTE.match(line, place)
            if closed is None:
                return True
            place = closed.end()
        found = line.find(opening, place)
        if found < 0:
            return False
        is_open, place = True, found + 2


def _screen_text(definition: FeedDefinition, path: Path) -> Screening:
    scan, carry, consumed = _Scan(definition, path), b"", 0
    for block in _checked_blocks(definition, path):
        lines = (carry + block).splitlines(keepends=True)
        # A line that ends with CR may go on with LF in the next block.
        carry = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        scan.check_length(scan.record_bytes + len(carry))
        _scan_lines(scan, lines, consumed)
        consumed += sum(map(len, lines))
    _scan_lines(scan, carry.splitlines(keepends=True), consumed)
    return _conclude(scan)


def _scan_lines(scan: _Scan, lines: list[bytes], consumed: int) -> None:
    """Look at whole lines, the first of which starts at byte `consumed` of the file's text."""
    data = b"".join(lines)
    try:
        data.decode(scan.definition.encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].splitlines(keepends=True)
        for line in before:
            if line.endswith((b"\n", b"\r")):
                scan.line(line)
        raise FileRefused(
            "wrong_encoding",
            f"{scan.path.name}: {scan.where}, byte {consumed + error.start:,} is not {_name(scan.definition)}. Ask for "
            "it in that encoding, or declare `encoding: cp1252` (or latin-1) in the feed's definition.",
            scan.row_number,
        ) from error
    for line in lines:
        scan.line(line)


def _conclude(scan: _Scan) -> Screening:
    if scan.is_open:
        raise FileRefused(
            "unterminated_quote",
            f"{scan.path.name}: {scan.where} opens a quote that is never closed: the file is cut short, or a quote "
            "inside a field is not doubled. Ask for the file again.",
            scan.row_number,
        )
    if scan.records == 0:
        raise FileRefused("empty_file", f"{scan.path.name}: the file holds no header. Ask for it again.")
    return Screening(scan.path.name, scan.records - 1)
