"""A partner's documents in X12, one of each kind, and the feed that reads them.

Belongs here: samples, and how a test sends and reads them. Does not belong here: assertions.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oms_core.feeds import FeedDefinition
from oms_core.feeds.chunks import Chunk
from oms_core.feeds.reading import read
from oms_core.feeds.x12.envelope import Segment
from oms_core.feeds.x12.writing import Parties, write_interchange

AT = datetime(2026, 6, 2, 10, 30, tzinfo=UTC)
EMITS = ("acknowledgements", "stock_movements", "order_events", "stock_counts", "supplier_confirmations")
DEFINITION = FeedDefinition("wh_x12", "x12", EMITS, constants={"partner_id": "WH-1"})
THEM = Parties(("ZZ", "WAREHOUSE"), ("ZZ", "QUARTERMASTER"))
US = Parties(THEM.receiver, THEM.sender)
SHIPPED: list[Segment] = [
    ("W06", "F", "1001", "20260602", "SHP7"),
    ("N9", "ZZ", "web"),
    *[("LX", "1"), ("W12", "CC", "2", "2", "0", "EA", "", "VN", "MUG"), ("N9", "LI", "a")],
    *[("LX", "2"), ("W12", "BP", "5", "3", "2", "EA", "", "VN", "CUP"), ("N9", "LI", "b")],
    ("W03", "5"),
]
COUNTED: list[Segment] = [
    ("BIA", "00", "DD", "COUNT-3", "20260601", "2300"),
    *[("LIN", "1", "UP", "0499", "VN", "MUG"), ("QTY", "17", "40", "EA"), ("QTY", "33", "31", "EA")],
    *[("LIN", "2", "VP", "CUP"), ("QTY", "33", "0", "EA")],
]


NOTICE: list[Segment] = [
    ("BSN", "00", "SHP8", "20260602", "1015"),
    ("HL", "1", "", "S"),
    *[("HL", "2", "1", "O"), ("PRF", "1001"), ("REF", "ZZ", "web")],
    *[("HL", "3", "2", "I"), ("LIN", "1", "VN", "MUG"), ("SN1", "1", "2", "EA", "", "2", "EA"), ("REF", "LI", "a")],
    *[("HL", "4", "2", "I"), ("LIN", "2", "VN", "CUP"), ("SN1", "2", "3", "EA", "", "5", "EA"), ("REF", "LI", "b")],
    ("CTT", "4"),
]
PROMISED: list[Segment] = [
    *[("BAK", "00", "AC", "1001", "20260602"), ("REF", "ZZ", "web")],
    *[("PO1", "1", "2", "EA", "", "", "VN", "MUG"), ("ACK", "IA", "2", "EA"), ("REF", "LI", "a")],
    *[("PO1", "2", "5", "EA", "", "", "VN", "CUP"), ("ACK", "IQ", "3", "EA"), ("ACK", "IB", "2"), ("REF", "LI", "b")],
    *[("PO1", "3", "1", "EA", "", "", "VN", "JUG"), ("REF", "LI", "c")],
    ("CTT", "3"),
]
RECEIVED: list[Segment] = [
    ("W17", "F", "20260602", "RCV5", "PO-77"),
    *[("W07", "12", "EA", "", "VN", "MUG"), ("W13", "2", "EA", "01")],
    ("W07", "7", "EA", "", "VN", "CUP"),
    ("W14", "19"),
]
ADJUSTED: list[Segment] = [
    ("W15", "20260602", "ADJ4"),
    *[("W19", "07", "-3", "EA", "", "VN", "MUG"), ("W19", "AA", "4", "EA", "", "VN", "CUP")],
    *[("W19", "05", "-2", "EA", "", "VN", "MUG"), ("W19", "55", "1", "EA", "", "VN", "MUG")],
]


def in_cases(segments: list[Segment], number: int, unit_at: int) -> list[Segment]:
    """The document, one of whose segments counts in cases."""
    told = list(segments[number])
    told[unit_at] = "CA"
    return [*segments[:number], tuple(told), *segments[number + 1 :]]


def sent(*documents: tuple[str, list[Segment]], control: int = 5) -> bytes:
    return write_interchange(THEM, "004010", control, AT, "SW", list(documents))


def chunk(tmp_path: Path, data: bytes, definition: FeedDefinition = DEFINITION) -> Chunk:
    path = tmp_path / "file.edi"
    path.write_bytes(data)
    (only,) = read(definition, path, key=b"k", known_at=AT)
    return only


def rows(found: Chunk, record_type: str) -> list[dict[str, Any]]:
    return found.accepted[record_type].to_pylist()
