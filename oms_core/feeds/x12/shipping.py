"""What partners say of the orders that they ship: 945 and 856 what went, 855 what they will send.

Belongs here: these three kinds to rows. What falls short ends its reservation, so that the line is decided anew.

Our own orders reserve nothing and are nobody's lines: of a transfer, what a 945 ships goes out under the transfer's
number to where the order said (N1*ST). Does not belong here: what an 855 or 856 says of our own purchase (`purchases`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from oms_core.contracts.documents import REPLENISHMENT_CHANNEL
from oms_core.feeds.x12 import purchases
from oms_core.feeds.x12.elements import (
    DocumentRefused,
    Row,
    Source,
    Traced,
    at,
    base_units,
    instant,
    loops,
    only,
    reference,
    sku,
    traced,
)
from oms_core.feeds.x12.elements import when as when_columns
from oms_core.feeds.x12.envelope import Segment
from oms_core.feeds.x12.parcels import parcel


@dataclass(frozen=True, slots=True)
class _Part:
    """What a document says at one place of a line: what it asked for, what went, of which SKU, lot and serials, and in
    which parcel."""

    sku: str
    asked: int
    pieces: tuple[Traced, ...]
    status: str
    parcel: Mapping[str, object]

    @property
    def sent(self) -> int:
        return sum(piece.units for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of an order that a document speaks of, and when. `document_ref`: the partner's own number of it."""

    source: Source
    order_ref: str
    channel_id: str
    line_ref: str
    document_ref: str
    day: str

    @property
    def _common(self) -> dict[str, object]:
        return {
            "channel_id": self.channel_id,
            "order_ref": self.order_ref,
            "order_line_ref": self.line_ref,
            "location_id": self.source.partner_id,
            **when_columns(instant(self.day, "")),
        }

    @property
    def _own_ref(self) -> str:
        """A document may ship several orders, whose lines are called the same."""
        return f"{self.document_ref}:{self.channel_id}:{self.order_ref}"

    def shipped(self, parts: Sequence[_Part]) -> Iterator[Row]:
        """A shipment of every piece, whatever SKU it is of, and a short pick of what was asked for and did not go."""
        row = {**self._common, "movement_ref": self._own_ref, "kind": "shipment"}
        for line_ref, part, piece in _numbered(self.line_ref, parts):
            yield "stock_movements", {**row, "line_ref": line_ref, "sku": part.sku, **piece.columns, **part.parcel}
        missing = _asked(parts) - sum(part.sent for part in parts)
        if missing > 0:
            yield self.event("short_picked", "short", missing, ", ".join(dict.fromkeys(part.status for part in parts)))

    def event(self, event_type: str, name: str, units: int, reason: str | None) -> Row:
        row = {"source_id": self.source.partner_id, "event_ref": f"{self._own_ref}:{self.line_ref}:{name}"}
        return "order_events", {
            **self._common, **row, "event_type": event_type, "quantity": units, "reason": reason,
        }  # fmt: skip


def _numbered(line_ref: str, parts: Sequence[_Part]) -> Iterator[tuple[str, _Part, Traced]]:
    """Every piece with a reference of its own; the first has the line's, as has a line that goes in one piece."""
    pieces = [(part, piece) for part in parts for piece in part.pieces]
    for number, (part, piece) in enumerate(pieces, start=1):
        yield (line_ref if number == 1 else f"{line_ref}/{number}"), part, piece


def _asked(parts: Sequence[_Part]) -> int:
    """What was asked for of a line that stands in several places: some repeat the whole at each, others split it.

    Where every place says the same, it is taken for the whole: too few missing units wait for a count, too many would
    be shipped twice.
    """
    stated = {part.asked for part in parts}
    return stated.pop() if len(stated) == 1 else sum(part.asked for part in parts)


def shipping_advice(source: Source, segments: Sequence[Segment]) -> Iterator[Row]:
    """945: a shipment a line, lot and serial, and a short pick of what it asked for and did not get.

    W12-08 is what left, also where it went in the stead of what was ordered (W12-01 IS).
    """
    head = only(segments, "W06")
    order_ref, day, loops_of = head[2], head[3], loops(segments, "LX")
    above = segments[: segments.index(loops_of[0][0])] if loops_of else segments
    channel_id = reference(above, "ZZ")
    lines = _lines_of_945(loops_of, above)
    if channel_id == REPLENISHMENT_CHANNEL:
        yield from _transferred(source, head, above, lines)
        return
    for line_ref, parts in lines.items():
        document = at(head, 4) or source.document_ref
        yield from _Line(source, order_ref, channel_id, line_ref, document, day).shipped(parts)


def _lines_of_945(loops_of: Sequence[Sequence[Segment]], head: Sequence[Segment]) -> dict[str, list[_Part]]:
    """By our line: its W12s, of which a package (LX) may hold several, and a line have several."""
    found: dict[str, list[_Part]] = {}
    for loop in loops_of:
        items = loops(loop, "W12")
        if not items:
            raise DocumentRefused(f"LX {at(loop[0], 1)} has no W12")
        above = loop[: loop.index(items[0][0])]
        for item in items:
            told = item[0]
            pieces = traced(base_units(told, 3, 5), at(told, 9), item)
            # What is not sent need not be named.
            name = sku(told[7:9]) if pieces else ""
            asked, status = base_units(told, 2, 5), f"945 status {at(told, 1)}"
            part = _Part(name, asked, tuple(pieces), status, parcel([item, above, head]))
            found.setdefault(reference([*item, *above], "LI"), []).append(part)
    return found


def _transferred(
    source: Source, head: Segment, above: Sequence[Segment], lines: Mapping[str, Sequence[_Part]]
) -> Iterator[Row]:
    order_ref, day = head[2], head[3]
    end = next((at(one, 4) for one in above if one[0] == "N1" and at(one, 1) == "ST" and at(one, 4)), None)
    if end is None:
        raise DocumentRefused(f"transfer {order_ref} does not repeat where it goes (N1*ST with its id)")
    row = {
        "movement_ref": order_ref, "kind": "transfer_out", "location_id": source.partner_id,
        "counterparty_location_id": end, **when_columns(instant(day, "")),
    }  # fmt: skip
    for line_ref, parts in lines.items():
        # A line that goes in two shipments is two movements.
        for piece_ref, part, piece in _numbered(f"{at(head, 4) or source.document_ref}-{line_ref}", parts):
            yield "stock_movements", {**row, "line_ref": piece_ref, "sku": part.sku, **piece.columns, **part.parcel}


def ship_notice(source: Source, segments: Sequence[Segment]) -> Iterator[Row]:
    """856: the same of an order that the partner ships to the customer, in loops of shipment, orders and items; of an
    order of our own, what is on its way."""
    head = only(segments, "BSN")
    order: list[Segment] = []
    lines: dict[tuple[str, str, str], list[_Part]] = {}
    of_purchases: list[tuple[str, list[Sequence[Segment]]]] = []
    every = loops(segments, "HL")
    by_number = {at(loop[0], 1): loop for loop in every}
    if not any(at(loop[0], 3) == "I" for loop in every):
        raise DocumentRefused("it has no item (HL of level I): a notice without one says nothing of any line")
    for loop in every:
        level = at(loop[0], 3)
        if level == "O":
            order = loop
        if level != "I":
            continue
        if not order:
            raise DocumentRefused(f"item {at(loop[0], 1)} stands under no order (HL of level O)")
        order_ref, channel_id = only(order, "PRF")[1], reference(order, "ZZ")
        if channel_id == REPLENISHMENT_CHANNEL:
            of_purchases.append((order_ref, [*_upwards(loop, by_number)]))
            continue
        key = (order_ref, channel_id, reference(loop, "LI"))
        lines.setdefault(key, []).append(_item_of_856(loop, by_number))
    if lines and head[1] == purchases.TAKEN_BACK:
        raise DocumentRefused("it takes a customer's shipment back (BSN01 01): what did not go is stated as a return")
    for (order_ref, channel_id, line_ref), parts in lines.items():
        yield from _Line(source, order_ref, channel_id, line_ref, head[2], head[3]).shipped(parts)
    yield from purchases.shipped(source, head, segments[: segments.index(every[0][0])], of_purchases)


def _item_of_856(loop: Sequence[Segment], by_number: Mapping[str, Sequence[Segment]]) -> _Part:
    told, item = only(loop, "SN1"), only(loop, "LIN")
    named = dict(zip(item[2::2], item[3::2], strict=False))
    serials = [named["SN"]] if named.get("SN") else []
    pieces = traced(base_units(told, 2, 3), named.get("LT", ""), loop, serials)
    name = sku(item[2:]) if pieces else ""
    status, levels = "856: shipped less than was ordered", [*_upwards(loop, by_number)]
    return _Part(name, base_units(told, 5, 6), tuple(pieces), status, parcel(levels))


def _upwards(loop: Sequence[Segment], by_number: Mapping[str, Sequence[Segment]]) -> Iterator[Sequence[Segment]]:
    """A loop, the one it stands in (HL02), and so on; each once, whatever the numbers say."""
    seen: set[str] = set()
    inside: Sequence[Segment] | None = loop
    while inside is not None and at(inside[0], 1) not in seen:
        yield inside
        seen.add(at(inside[0], 1))
        inside = by_number.get(at(inside[0], 2))


def order_acknowledgement(source: Source, segments: Sequence[Segment]) -> Iterator[Row]:
    """855: what the partner promises is released, what it does not is short."""
    head = only(segments, "BAK")
    lines = loops(segments, "PO1")
    if not lines:
        raise DocumentRefused("it has no PO1: an answer without lines says nothing of any")
    channel_id = reference(segments[: segments.index(lines[0][0])], "ZZ")
    if channel_id == REPLENISHMENT_CHANNEL:
        yield from purchases.promises(source, segments)
        return
    for loop in lines:
        document = f"855-{source.interchange.control}"
        line = _Line(source, head[3], channel_id, reference(loop, "LI"), document, at(head, 9) or head[4])
        ordered, answers = base_units(loop[0], 2, 3), [one for one in loop if one[0] == "ACK"]
        if head[2] in purchases.REFUSED:
            promised = 0
        elif not answers:
            promised = ordered
        else:
            sent = [one for one in answers if one[1] in purchases.PROMISED]
            promised = sum(base_units(one, 2, 3) if at(one, 2) else ordered for one in sent)
        if promised:
            yield line.event("released", "promised", min(promised, ordered), None)
        if promised < ordered:
            codes = ", ".join(one[1] for one in answers) or head[2]
            yield line.event("short_picked", "refused", ordered - promised, f"855 {codes}")
