"""What suppliers say of our own purchases: 855 what they promise of each line, by when; 856 what is on its way.

Belongs here: these to confirmations. Does not belong here: orders that a supplier ships to customers (`shipping`), what
confirmations make of an order (`int_ordered_parts`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import takewhile

from oms_core.feeds.x12.elements import Row, Source, at, base_units, instant, loops, only, reference, when
from oms_core.feeds.x12.envelope import Segment
from oms_core.feeds.x12.parcels import parcel

#: Codes of a line (ACK01) in an 855 that promise its quantity; any other does not.
PROMISED = ("IA", "IC", "IE", "IP", "IQ", "DR", "SP", "AC", "AR")
#: Codes that promise it where they say by when: the supplier waits for it himself.
_BACKORDERED = ("IB", "BP")
#: Types of an 855 (BAK02) that refuse the whole order.
REFUSED = ("RJ", "RD")
#: Days (DTM01, ACK04) on which goods are here: promised, scheduled, estimated, requested. Where none is told, those on
#: which they leave: they are here no earlier.
_ARRIVES, _LEAVES, _HAS_LEFT = ("069", "067", "017", "002"), ("079", "068", "010"), ("011",)
#: Purpose of a ship notice (BSN01) that takes it back.
TAKEN_BACK = "01"

Levels = Sequence[Sequence[Segment]]


def promises(source: Source, segments: Sequence[Segment]) -> Iterator[Row]:
    """855: a promise for each part (ACK) of each line (PO1), 0 of what is refused; a line without one is accepted."""
    head, lines = only(segments, "BAK"), loops(segments, "PO1")
    above = segments[: segments.index(lines[0][0])]
    said = {
        "supplier_id": source.partner_id, "kind": "promised", "statement_ref": source.document_ref, "po_ref": head[3],
        **when(_said_at(source, at(head, 9))),
    }  # fmt: skip
    for loop in lines:
        line_ref = reference(loop, "LI")
        for number, part in enumerate(_parts(loop, above, head[2]), start=1):
            yield "supplier_confirmations", {**said, "line_ref": line_ref, "part_number": number, **part}


def _said_at(source: Source, day: str) -> datetime:
    """When a supplier said what bears that day: the minute in which it was sent, if it was sent on it."""
    sent = source.interchange.sent_at
    return sent if day in ("", f"{sent:%Y%m%d}") else instant(day, "")


def _parts(loop: Sequence[Segment], above: Sequence[Segment], order_type: str) -> Iterator[dict[str, object]]:
    """What is promised of each part of a line, by when, and under which code."""
    ordered = base_units(loop[0], 2, 3)
    if order_type in REFUSED:
        yield {"quantity": 0, "expected_date": None, "reason": f"855 {order_type}"}
        return
    answers = loops(loop, "ACK") or [[("ACK", "IA")]]
    line = list(takewhile(lambda one: one[0] != "ACK", loop))
    for answer in answers:
        told = answer[0]
        units = base_units(told, 2, 3) if at(told, 2) else ordered
        expected = _day(([("DTM", at(told, 4), at(told, 5)), *answer], line, above), (*_ARRIVES, *_LEAVES))
        is_promised = told[1] in PROMISED or (told[1] in _BACKORDERED and expected is not None)
        yield {"quantity": units if is_promised else 0, "expected_date": expected, "reason": f"855 {told[1]}"}


def shipped(
    source: Source, head: Segment, above: Sequence[Segment], items: Iterable[tuple[str, Levels]]
) -> Iterator[Row]:
    """856: what a shipment has of each line, 0 where the notice is taken back.

    `head`: BSN; `above`: what stands before the shipment; `items`: the order's number and the item with all that it is
    in, the nearest first.
    """
    said = {
        "supplier_id": source.partner_id, "kind": "shipped", "statement_ref": head[2],
        **when(instant(head[3], at(head, 4))),
    }  # fmt: skip
    parts: Counter[tuple[str, str]] = Counter()
    for po_ref, levels in items:
        line_ref = reference(levels[0], "LI")
        parts[po_ref, line_ref] += 1
        yield "supplier_confirmations", {
            **said, "po_ref": po_ref, "line_ref": line_ref, "part_number": parts[po_ref, line_ref],
            "quantity": 0 if head[1] == TAKEN_BACK else base_units(only(levels[0], "SN1"), 2, 3),
            "expected_date": _day([*levels, above], _ARRIVES),
            "shipped_date": _day([*levels, above], _HAS_LEFT) or instant(head[3], "").date(),
            "reason": f"856 {head[1]}", **parcel(levels),
        }  # fmt: skip


def _day(levels: Levels, qualifiers: Sequence[str]) -> date | None:
    """The day that stands nearest to a line, under the first qualifier that is told there."""
    for level in levels:
        for qualifier in qualifiers:
            for one in level:
                if one[0] == "DTM" and at(one, 1) == qualifier and at(one, 2):
                    return instant(one[2], "").date()
    return None
