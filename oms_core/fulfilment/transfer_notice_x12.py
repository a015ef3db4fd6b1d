"""A notice of a transfer as X12 943, which the receiving place answers with a 944 when the goods have come.

Belongs here: the 943's segments. Does not belong here: the envelope (`feeds.x12`), the document (`documents`).

W06 bears the transfer order's number (W06-02), which the 944 repeats as W17-04, and the notice's own (W06-04). How the
goods travel we do not know: W27, which the standard wants, says `ZZ`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oms_core.feeds.x12.envelope import Segment
from oms_core.feeds.x12.writing import identifier, text
from oms_core.fulfilment.documents import Document, DocumentLine, NoticeLine

GROUP, KIND = "AR", "943"
#: Lengths that the standard gives to the elements which we fill.
_ORDER, _REFERENCE, _SKU, _NAME, _DESCRIPTION = 22, 30, 48, 60, 45


def segments(document: Document, lines: Sequence[DocumentLine]) -> Iterator[Segment]:
    """A notice's segments. Raises ValueError where an identifier does not fit its element."""
    day = f"{document.created_at:%Y%m%d}"
    yield "W06", "F", identifier(lines[0].order_ref, _ORDER), day, identifier(document.wave, _REFERENCE)
    for side, place in (("SF", document.location_id), ("ST", document.ship_to_location_id)):
        yield "N1", side, text(place, _NAME), "92", identifier(place, _REFERENCE)
    yield "N9", "DO", document.export_id[:_REFERENCE]
    yield "W27", "ZZ"
    for line in lines:
        yield "W04", str(line.quantity), "EA", "", "VN", identifier(line.sku, _SKU)
        if text(line.description, _DESCRIPTION):
            yield "G69", text(line.description, _DESCRIPTION)
        if isinstance(line, NoticeLine):
            for qualifier, value in (("LT", line.lot_ref), ("SE", line.serial_ref)):
                if value:
                    yield "N9", qualifier, identifier(value, _REFERENCE)
    yield "W03", str(sum(line.quantity for line in lines))
