"""What partners may answer to documents that they really got, drawn at random: right, short, doubled, contradicting
themselves, in other units, of other days, lines, orders and partners.

Belongs here: the files of a day, as bytes. Does not belong here: the home that receives them, what must hold of it
(`test_whatever_partners_answer`).
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from oms_core.contracts import LANDED
from oms_core.feeds.x12.envelope import Segment
from oms_core.feeds.x12.writing import Parties, write_interchange, write_interchange_answer
from oms_core.fulfilment.documents import Document, DocumentLine, parse_document
from oms_core.store.operations import OutboxEntry

_Value = TypeVar("_Value")
Transaction = tuple[str, list[Segment]]
_MARKS = (b"*>~", b"*>~", b"|:'", b"*|>", b"\x1d\x1f\x1e")
_KINDS = {"warehouse_order": "OW", "transfer_order": "OW", "transfer_notice": "AR", "purchase_order": "PO"}


@dataclass(frozen=True)
class Sent:
    """A file of a partner's: into which feed's inbox it goes, under which name."""

    feed: str
    name: str
    data: bytes


@dataclass
class Partners:
    """All of them, over several days. `skus`: what they may take for one another."""

    draw: random.Random
    skus: Sequence[str]
    files: int = 0
    controls: dict[str, int] = field(default_factory=dict)

    def answers(self, day: datetime, entries: Sequence[OutboxEntry]) -> Iterator[Sent]:
        """What comes on a day, whatever was answered before."""
        for entry in entries:
            document = parse_document(entry.payload.encode(), entry.export_id)
            if entry.partner_id == "WH-3":
                yield from self._as_csv(day, entry, document)
            else:
                yield from self._as_x12(day, entry, document)
        for place in ("WH-1", "WH-2"):
            yield self._x12(
                place, day, "AW", [("947", [("W15", self._day(day), self._one_of("A1", "A2")), *self._adjusted()])]
            )
            received = [("W07", self._quantity(3), self._unit(), "", "VN", self._sku("MUG"))]
            head = [("W17", "F", self._day(day), self._one_of("R1", "R2"), self._one_of("PO-0", "TR-9"))]
            other_end = [("N1", "SF", "WH-3", "92", self._one_of("WH-3", "NOBODY"))] if self._is(0.5) else []
            yield self._x12(place, day, "RE", [("944", [*head, *other_end, *received, ("W14", "1")])])
        counted = [("LIN", "", "VN", sku, "") for sku in (*self.skus, "UNKNOWN")]
        lines = [one for line in counted for one in (line, ("QTY", "17", self._quantity(9), self._unit()))]
        head = ("BIA", "00", "MB", self._one_of("C1", "C2", "C3"), self._day(day), self._one_of("1200", "", "9999"))
        yield self._x12("WH-2", day, "IB", [("846", [head, *lines])])

    def _as_x12(self, day: datetime, entry: OutboxEntry, document: Document) -> Iterator[Sent]:
        partner, orders, kind = entry.partner_id, document.orders, _KINDS[entry.document_type]
        # Now and then of a group that was not sent, or is sent later.
        control = entry.control_number + self._one_of(0, 0, 0, 1, 70)
        if self._is(0.8):
            yield self._x12(partner, day, "FA", [("997", self._verdict(control, kind, len(orders)))])
        elif self._is(0.5):
            answer = ("TA1", f"{control:09d}", "260601", "1200", self._one_of("A", "R"), "000")
            yield self._file(partner, day, write_interchange_answer(self._parties(partner), "004010", 7, day, answer))
        # A supplier says this and that of one order, until it knows.
        spoken_of = orders * (4 if entry.document_type == "purchase_order" else 1)
        told = [self._told(day, entry, order) for order in spoken_of if self._is(0.8)]
        self.draw.shuffle(told)
        if told:
            who = partner if self._is(0.95) else "WH-1"
            first = self._x12(who, day, "SW", [*told, *(told[:1] if self._is(0.3) else [])])
            yield first
            if self._is(0.3):
                yield self._file(who, day, first.data)
            if self._is(0.3):
                yield self._x12(who, day, "SW", told)

    def _told(self, day: datetime, entry: OutboxEntry, order: Sequence[DocumentLine]) -> Transaction:
        if entry.document_type == "transfer_notice":
            head = ("W17", "F", self._day(day), f"RC-{entry.wave}", order[0].order_ref)
            lines = [("W07", self._quantity(one.quantity), self._unit(), "", "VN", self._sku(one.sku)) for one in order]
            return "944", [head, ("N1", "SF", entry.location_id, "92", entry.location_id), *lines]
        is_ours = entry.document_type == "purchase_order"
        if (is_ours and self._is(0.6)) or (entry.partner_id == "DS-1" and self._is(0.4)):
            lines = [segment for one in order for segment in self._promised(one)]
            head = ("BAK", "00", self._one_of("AD", "AC", "RJ"), self._order(order), self._day(day))
            return "855", [head, ("REF", "ZZ", order[0].channel_id), *lines]
        if is_ours or entry.partner_id == "DS-1":
            levels = [("HL", "1", "", "O"), ("PRF", self._order(order)), ("REF", "ZZ", order[0].channel_id)]
            lines = [segment for place, one in enumerate(order, start=2) for segment in self._item(place, one)]
            return "856", [("BSN", "00", self._shipment(order, day), self._day(day), "1200"), *levels, *lines]
        end = [("N1", "ST", "WH-2", "92", self._one_of("WH-2", "WH-2", "WH-1"))] if entry.wave == "TR-1" else []
        head = ("W06", "F", self._order(order), self._day(day), self._shipment(order, day))
        lines = [segment for place, one in enumerate(order, start=1) for segment in self._picked(place, one)]
        return "945", [head, *end, ("N9", "ZZ", order[0].channel_id), *lines]

    def _picked(self, place: int, line: DocumentLine) -> Iterator[Segment]:
        sent, lot = self._quantity(line.quantity), self._one_of("", "", "LOT-ST")
        yield "LX", str(place)
        yield "W12", "CC", str(line.quantity), sent, "", self._unit(), "", "VN", self._sku(line.sku), lot
        yield "N9", "LI", self._line(line)

    def _item(self, place: int, line: DocumentLine) -> Iterator[Segment]:
        yield "HL", str(place), "1", "I"
        yield "LIN", "", "VN", self._sku(line.sku)
        yield "SN1", "", self._quantity(line.quantity), self._unit(), "", str(line.quantity), "EA"
        yield "REF", "LI", self._line(line)

    def _promised(self, line: DocumentLine) -> Iterator[Segment]:
        yield "PO1", "", str(line.quantity), "EA", "", "", "VN", line.sku
        day = ("067", self._one_of("20260607", "20260609")) if self._is(0.5) else ()
        yield "ACK", self._one_of("IA", "IA", "IB", "IR"), self._quantity(line.quantity), self._unit(), *day
        yield "REF", "LI", self._line(line)

    def _verdict(self, control: int, kind: str, orders: int) -> Iterator[Segment]:
        verdict = self._one_of("A", "A", "E", "P", "R")
        yield "AK1", kind, str(control)
        if verdict in "PR" and self._is(0.7):
            # One more than there are: a place that is none.
            yield "AK2", "940", f"{self.draw.randint(1, orders + 1):04d}"
            yield "AK5", "R", "5"
        yield "AK9", verdict, "1", "1", "1"

    def _adjusted(self) -> list[Segment]:
        reason, units = self._one_of("AA", "05", "55", "07"), self._one_of("-1", "2", "-40", "0")
        return [("W19", reason, units, self._unit(), "", "VN", self._sku("CUP"))]

    def _as_csv(self, day: datetime, entry: OutboxEntry, document: Document) -> Iterator[Sent]:
        at = {"effective_at": day.isoformat(), "business_date": day.date().isoformat()}
        ref = self._one_of(entry.export_id, entry.export_id, f"{entry.export_id}/1", str(entry.control_number), "NONE")
        answer = {"partner_id": "WH-3", "acknowledgement_ref": self._one_of("A1", "A2", "A3"), "document_ref": ref}
        yield self._csv("acknowledgements", day, [answer | at | {"status": self._one_of("accepted", "rejected")}])
        moved = {"location_id": self._one_of("WH-3", "WH-3", "WH-1"), **at}
        if entry.document_type == "transfer_order":
            moved |= {"kind": "transfer_out", "movement_ref": entry.wave}
            moved |= {"counterparty_location_id": self._one_of("WH-1", "WH-1", "")}
            rows = [moved | {"line_ref": f"{day.day}-{line.line_ref}"} for line in document.lines]
        else:
            moved |= {"kind": "shipment"}
            rows = [
                moved | {"movement_ref": f"M-{line.order_ref}", "line_ref": line.line_ref, "channel_id": "web",
                         "order_ref": self._order([line]), "order_line_ref": self._line(line)}
                for line in document.lines
            ]  # fmt: skip
        said = zip(rows, document.lines, strict=True)
        yield self._csv("stock_movements", day, [
            row | {"sku": self._sku(line.sku), "quantity": self._quantity(line.quantity)} for row, line in said
        ])  # fmt: skip

    def _csv(self, feed: str, day: datetime, rows: Sequence[dict[str, str]]) -> Sent:
        text = io.StringIO()
        writer = csv.DictWriter(text, LANDED[feed].names)
        writer.writeheader()
        writer.writerows(rows)
        self.files += 1
        return Sent(feed, f"{feed}_{self.files}_{day:%Y-%m-%d}.csv", text.getvalue().encode())

    def _x12(
        self,
        partner: str,
        day: datetime,
        group: str,
        documents: Sequence[tuple[str, Iterator[Segment] | list[Segment]]],
    ) -> Sent:
        # A control number now and then comes again.
        control = self.controls[partner] = self.controls.get(partner, 100) + self._one_of(1, 1, 1, 1, 0)
        written = [(kind, list(segments)) for kind, segments in documents]
        data = write_interchange(self._parties(partner), "004010", control, day, group, written)
        return self._file(partner, day, data.translate(bytes.maketrans(b"*>~", self._one_of(*_MARKS))))

    def _file(self, partner: str, day: datetime, data: bytes) -> Sent:
        self.files += 1
        first = self._one_of("a", "b", "c")
        return Sent(partner.lower().replace("-", "_"), f"{first}_{self.files}_{day:%Y-%m-%d}.edi", data)

    def _parties(self, partner: str) -> Parties:
        return Parties(("ZZ", partner), ("ZZ", "QUARTERMASTER"))

    def _shipment(self, order: Sequence[DocumentLine], day: datetime) -> str:
        return self._one_of(f"S-{order[0].order_ref}", f"S-{order[0].order_ref}-{day.day}", "")

    def _quantity(self, units: int) -> str:
        if self._is(0.6):
            return str(units)
        return self._one_of(
            "0", str(units - 1), str(units + 1), str(10 * units), "-1", "1.5", f"{units}.0", "9999999", ""
        )

    def _unit(self) -> str:
        return "EA" if self._is(0.95) else self._one_of("CA", "PC", "")

    def _sku(self, sku: str) -> str:
        return sku if self._is(0.9) else self._one_of("UNKNOWN", *self.skus)

    def _line(self, line: DocumentLine) -> str:
        return line.line_ref if self._is(0.95) else self._one_of("77", "")

    def _order(self, order: Sequence[DocumentLine]) -> str:
        return order[0].order_ref if self._is(0.95) else self._one_of("O-0", "NONE")

    def _day(self, day: datetime) -> str:
        return f"{day:%Y%m%d}" if self._is(0.9) else self._one_of("20260601", "20991231", "19700101", "20260230", "")

    def _is(self, share: float) -> bool:
        return self.draw.random() < share

    def _one_of(self, *values: _Value) -> _Value:
        return self.draw.choice(values)


def noon(day: int) -> datetime:
    """Of that day of June."""
    return datetime(2026, 6, day, 12, tzinfo=UTC)
