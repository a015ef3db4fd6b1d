"""Export documents: one a location and wave, or a purchase or transfer, with an id that is a hash of all that it says.

`export_id` = SHA-256 of the canonical JSON of [partner, document type, business key, revision, payload], where the
business key is `location|wave` and the payload everything in the document but the id itself. The same decisions give
the same id and the same bytes; any change gives another id.

Belongs here: building a document from allocations, its canonical JSON, its check on reading.
Does not belong here: documents from accepted proposals (`supply_orders`) and of what is on its way between our places
(`transfer_notices`), the CSV for people (`spreadsheet`), names (`names`), sending (`delivery`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa

from oms_core.contracts.documents import EXPORTS
from oms_core.fulfilment.names import safe_name

WAREHOUSE_ORDER = "warehouse_order"
PURCHASE_ORDER = "purchase_order"
TRANSFER_ORDER = "transfer_order"
TRANSFER_NOTICE = "transfer_notice"
#: An order line's channel, order and own number there, and the location that is to ship it.
LinePlace = tuple[str, str, str, str]
_HEADER = ("partner_id", "location_id", "wave", "document_type", "revision")


class DamagedDocumentError(ValueError):
    """A document's counts, hash or id do not fit what it says; the message says which."""


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One order line to ship. `line_number` counts from 1; `quantity` is in base units."""

    line_number: int
    channel_id: str
    order_ref: str
    line_ref: str
    sku: str
    description: str
    quantity: int


@dataclass(frozen=True, slots=True)
class SupplyLine(DocumentLine):
    """One line of a purchase or transfer of ours. `line_ref` is the proposal; `expected_date` as YYYY-MM-DD."""

    unit_cost_minor: int
    currency: str
    expected_date: str


@dataclass(frozen=True, slots=True)
class NoticeLine(DocumentLine):
    """What is on its way of one SKU. `line_ref`: the sender's id of the movement; lot and serial are empty for none."""

    lot_ref: str
    serial_ref: str


#: What a document's lines are, by its kind.
_LINES = {
    WAREHOUSE_ORDER: DocumentLine,
    PURCHASE_ORDER: SupplyLine,
    TRANSFER_ORDER: SupplyLine,
    TRANSFER_NOTICE: NoticeLine,
}


@dataclass(frozen=True)
class Document:
    """What one location is to ship in one wave; a purchase for a location; a transfer from one, or what is on its way.

    Of orders of ours, `wave` is the order's number and lines are `SupplyLine`s; of a notice, it is the order's number
    with the notice's own after it, and lines are `NoticeLine`s. `ship_to_location_id`: a transfer's end.
    """

    partner_id: str
    location_id: str
    wave: str
    created_at: datetime
    lines: tuple[DocumentLine, ...]
    revision: int = 1
    document_type: str = WAREHOUSE_ORDER
    ship_to_location_id: str = ""

    def __post_init__(self) -> None:
        if self.created_at.tzinfo is None:
            raise ValueError(f"created_at {self.created_at} names no zone")

    @cached_property
    def payload(self) -> dict[str, Any]:
        """Everything the document says, but for its id and hash; integers and strings only."""
        ship_to = {"ship_to_location_id": self.ship_to_location_id} if self.ship_to_location_id else {}
        return {
            **{name: getattr(self, name) for name in _HEADER},
            **ship_to,
            "created_at": self.created_at.astimezone(UTC).isoformat(),
            "lines": [asdict(line) for line in self.lines],
            "line_count": len(self.lines),
            "quantity_total": sum(line.quantity for line in self.lines),
        }

    @property
    def orders(self) -> list[tuple[DocumentLine, ...]]:
        """Its lines by order, the orders by channel and number: their places in X12, and in a partner's answer."""
        ordered = sorted(self.lines, key=lambda line: (line.channel_id, line.order_ref, line.line_number))
        return [tuple(lines) for _, lines in groupby(ordered, key=lambda line: (line.channel_id, line.order_ref))]

    @property
    def line_names(self) -> tuple[str, ...]:
        """Names of what each of its lines says, in order."""
        return tuple(field.name for field in fields(_LINES[self.document_type]))

    @cached_property
    def export_id(self) -> str:
        """The document's identity: the same content has the same id, however often it is built."""
        return _export_id(self.payload)

    @cached_property
    def json_bytes(self) -> bytes:
        """The document as canonical JSON with its id and `sha256`, the hash of the document without that field."""
        return _sealed(self.payload)

    @property
    def sha256(self) -> str:
        """Hash of the document's JSON file."""
        return hashlib.sha256(self.json_bytes).hexdigest()

    @property
    def file_name(self) -> str:
        """Name of the document's files without suffix: readable, safe, and unique by the id at its end."""
        return f"{safe_name(self.wave)}_{safe_name(self.location_id)}_{self.export_id}"


def wave_name(business_date: date, wave_number: int) -> str:
    """Name of a location's wave of a day, as `2026-05-31-W1`; the first is 1."""
    if wave_number < 1:
        raise ValueError(f"waves count from 1, not {wave_number}")
    return f"{business_date.isoformat()}-W{wave_number}"


def build_documents(
    allocations: pa.Table,
    descriptions: Mapping[str, str],
    wave_numbers: Mapping[str, int],
    created_at: datetime,
    business_date: date,
) -> tuple[Document, ...]:
    """One document a location with something allocated, in order of location; none where nothing is.

    `allocations`: contract ALLOCATIONS; rows not allocated are passed over. `descriptions`: by SKU. `wave_numbers`: the
    wave by location, one above those exported that day before; 1 where it is missing. Each location is its own
    partner. The order of the rows does not matter.
    """
    rows = [row for row in allocations.to_pylist() if row["decision"] == "allocated"]
    rows.sort(key=lambda row: (row["location_id"], row["channel_id"], row["order_ref"], row["line_ref"]))
    return tuple(
        Document(
            partner_id=location_id,
            location_id=location_id,
            wave=wave_name(business_date, wave_numbers.get(location_id, 1)),
            created_at=created_at,
            lines=_document_lines(group, descriptions),
        )
        for location_id, group in groupby(rows, key=lambda row: str(row["location_id"]))
    )


def _document_lines(rows: Iterable[dict[str, Any]], descriptions: Mapping[str, str]) -> tuple[DocumentLine, ...]:
    return tuple(
        DocumentLine(
            line_number=number,
            **{name: row[name] for name in ("channel_id", "order_ref", "line_ref", "sku", "quantity")},
            description=descriptions.get(row["sku"], ""),
        )
        for number, row in enumerate(rows, start=1)
    )


def to_table(
    documents: Iterable[Document],
    control_numbers: Mapping[str, int],
    run_id: str,
    effective_at: datetime,
    business_date: date,
    release_due_at: Mapping[LinePlace, datetime] | None = None,
) -> pa.Table:
    """The documents' lines in the columns and types of `contracts.documents.EXPORTS`.

    `control_numbers`: by export id. `release_due_at`: of lines that waited for a wave, when it was due.
    """
    waves = release_due_at or {}
    rows = [
        {
            **{name: getattr(line, name) for name in DocumentLine.__slots__},
            **{name: getattr(document, name) for name in _HEADER},
            "export_id": document.export_id,
            "file_name": document.file_name,
            "document_sha256": document.sha256,
            "control_number": control_numbers.get(document.export_id),
            "release_due_at": waves.get((line.channel_id, line.order_ref, line.line_ref, document.location_id)),
            "run_id": run_id,
            "effective_at": effective_at,
            "business_date": business_date,
        }
        for document in documents
        for line in document.lines
    ]
    return pa.Table.from_pylist([{name: row[name] for name in EXPORTS.names} for row in rows], EXPORTS.arrow_schema)


def read_document(path: Path) -> Document:
    """Read a document's JSON file; DamagedDocumentError where its counts, hash or id do not fit it."""
    return parse_document(path.read_bytes(), str(path))


def parse_document(data: bytes, name: str = "document") -> Document:
    """A document from its JSON bytes; `name` is what an error calls it."""
    try:
        content = json.loads(data, parse_float=_refuse_fraction, parse_constant=_refuse_fraction)
        payload = {key: value for key, value in content.items() if key not in ("export_id", "sha256")}
        document = _document_of(payload)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedDocumentError(f"{name} is not a whole export document: {error!r}") from error
    _verify(document, payload, data, name)
    return document


def _refuse_fraction(text: str) -> None:
    raise ValueError(f"{text} is no whole number")


def _document_of(payload: Mapping[str, Any]) -> Document:
    header = {key: value for key, value in payload.items() if key not in ("lines", "line_count", "quantity_total")}
    kind = _LINES[payload["document_type"]]
    lines = tuple(kind(**line) for line in payload["lines"])
    return Document(**header | {"created_at": datetime.fromisoformat(payload["created_at"]), "lines": lines})


def _verify(document: Document, payload: Mapping[str, Any], data: bytes, name: str) -> None:
    for count in ("line_count", "quantity_total"):
        stated, found = payload.get(count), document.payload[count]
        if stated != found:
            raise DamagedDocumentError(f"{name}: {count} says {stated}, its lines {found}")
    if data != document.json_bytes:
        raise DamagedDocumentError(f"{name}: export_id, sha256 or layout do not fit its content; it was changed")


def _sealed(payload: Mapping[str, Any]) -> bytes:
    named = {**payload, "export_id": _export_id(payload)}
    return _canonical({**named, "sha256": hashlib.sha256(_canonical(named)).hexdigest()}) + b"\n"


def _export_id(payload: Mapping[str, Any]) -> str:
    business_key = f"{payload['location_id']}|{payload['wave']}"
    parts = [payload["partner_id"], payload["document_type"], business_key, payload["revision"], payload]
    return hashlib.sha256(_canonical(parts)).hexdigest()


def _canonical(value: object) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8; the same value is the same bytes everywhere."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
