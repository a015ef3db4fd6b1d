"""What partners say of the orders that they ship: 945 and 856 what went, 855 what they will send.

Belongs here: these three kinds to rows. What falls short ends its reservation, so that the line is decided anew.

Our own orders reserve nothing and are nobody's lines: of a transfer, what a 945 ships goes out under the transfer's
number to where the order said (N1*ST); an 855 or 856 to our own purchase says nothing that its receipt (944) does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from oms_core.contracts.documents import REPLENISHMENT_CHANNEL
from oms_core.feeds.x12.elements import DocumentRefused, Row, Source, at, instant, loops, only, quantity, reference, sku
from oms_core.feeds.x12.elements import when as when_columns
from oms_core.feeds.x12.envelope import Segment

#: Codes of a line (ACK01) in an 855 that promise its quantity; any other does not.
_PROMISED = ("IA", "IC", "IE", "IP", "IQ", "DR", "SP", "AC", "AR")
#: Types of an 855 (BAK02) that refuse the whole order.
_REFUSED = ("RJ", "RD")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of an order that a document speaks of, and when."""

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

    def shipped(self, sku_shipped: str, units: int) -> Row:
        row = {"movement_ref": self.document_ref, "line_ref": self.line_ref, "kind": "shipment"}
        return "stock_movements", {**self._common, **row, "sku": sku_shipped, "quantity": units}

    def event(self, event_type: str, name: str, units: int, reason: str | None) -> Row:
        row = {"source_id": self.source.partner_id, "event_ref": f"{self.document_ref}:{self.line_ref}:{name}"}
        return "order_events", {
            **self._common, **row, "event_type": event_type, "quantity": units, "reason": reason,
        }  # fmt: skip


def shipping_advice(source: Source, segments: Sequence[Segment]) -> Iterator[Row]:
    """945: a shipment a line, and a short pick of what it asked for and did not get."""
    head = only(segments, "W06")
    order_ref, day = head[2], head[3]
    lines = loops(segments, "LX")
    above = segments[: segments.index(lines[0][0])] if lines else segments
    channel_id = reference(above, "ZZ")
    if channel_id == REPLENISHMENT_CHANNEL:
        yield from _transferred(source, head, above, lines)
        return
    for loop in lines:
        told = only(loop, "W12")
        line = _Line(source, order_ref, channel_id, reference(loop, "LI"), at(head, 4) or f"{order_ref}-{day}", day)
        sent, asked = quantity(at(told, 3)), quantity(at(told, 2))
        if sent:
            yield line.shipped(sku(told[7:]), sent)
        if asked > sent:
            yield line.event("short_picked", "short", asked - sent, f"945 status {at(told, 1)}")


def _transferred(
    source: Source, head: Segment, above: Sequence[Segment], lines: Sequence[Sequence[Segment]]
) -> Iterator[Row]:
    order_ref, day = head[2], head[3]
    end = next((at(one, 4) for one in above if one[0] == "N1" and at(one, 1) == "ST" and at(one, 4)), None)
    if end is None:
        raise DocumentRefused(f"transfer {order_ref} does not repeat where it goes (N1*ST with its id)")
    for loop in lines:
        told = only(loop, "W12")
        sent = quantity(at(told, 3))
        if sent:
            # A line that goes in two shipments is two movements.
            line_ref = f"{at(head, 4) or day}-{reference(loop, 'LI')}"
            yield "stock_movements", {
                "movement_ref": order_ref, "line_ref": line_ref, "kind": "transfer_out",
                "location_id": source.partner_id, "counterparty_location_id": end, "sku": sku(told[7:]),
                "quantity": sent, **when_columns(instant(day, "")),
            }  # fmt: skip


def ship_notice(source: Source, segments: Sequence[Segment]) -> Iterator[Row]:
    """856 of an order that the partner ships to the customer: the same, from loops of shipment, orders and items."""
    head = only(segments, "BSN")
    order: list[Segment] = []
    for loop in loops(segments, "HL"):
        level = at(loop[0], 3)
        if level == "O":
            order = loop
        if level != "I":
            continue
        if not order:
            raise DocumentRefused(f"item {at(loop[0], 1)} stands under no order (HL of level O)")
        if reference(order, "ZZ") == REPLENISHMENT_CHANNEL:
            continue
        told, item = only(loop, "SN1"), only(loop, "LIN")
        line = _Line(source, only(order, "PRF")[1], reference(order, "ZZ"), reference(loop, "LI"), head[2], head[3])
        sent, asked = quantity(at(told, 2)), quantity(at(told, 5))
        if sent:
            yield line.shipped(sku(item[2:]), sent)
        if asked > sent:
            yield line.event("short_picked", "short", asked - sent, "856: shipped less than was ordered")


def order_acknowledgement(source: Source, segments: Sequence[Segment]) -> Iterator[Row]:
    """855: what the partner promises is released, what it does not is short."""
    head = only(segments, "BAK")
    lines = loops(segments, "PO1")
    if not lines:
        raise DocumentRefused("it has no PO1: an answer without lines says nothing of any")
    channel_id = reference(segments[: segments.index(lines[0][0])], "ZZ")
    for loop in lines if channel_id != REPLENISHMENT_CHANNEL else ():
        document = f"855-{source.interchange.control}-{head[3]}"
        line = _Line(source, head[3], channel_id, reference(loop, "LI"), document, head[4])
        ordered, answers = quantity(at(loop[0], 2)), [one for one in loop if one[0] == "ACK"]
        if head[2] in _REFUSED:
            promised = 0
        elif not answers:
            promised = ordered
        else:
            promised = sum(quantity(at(one, 2)) for one in answers if one[1] in _PROMISED)
        if promised:
            yield line.event("released", "promised", min(promised, ordered), None)
        if promised < ordered:
            codes = ", ".join(one[1] for one in answers) or head[2]
            yield line.event("short_picked", "refused", ordered - promised, f"855 {codes}")
