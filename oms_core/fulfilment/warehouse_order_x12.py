"""A warehouse order as X12 940: one transaction an order, in one interchange a document.

Belongs here: the 940's segments. Does not belong here: the envelope (`feeds.x12`), the document (`documents`).

Ship-to names and addresses are not in it: this system keeps none, warehouses have them from the channel by the order's
number. Lines carry the channel's line id (N9*LI), which a 945 repeats. A transfer names the place that it goes to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oms_core.feeds.x12.envelope import Segment
from oms_core.feeds.x12.writing import identifier, text
from oms_core.fulfilment.documents import Document, DocumentLine

GROUP, KIND = "OW", "940"
#: Lengths that the standard gives to the elements which we fill.
_ORDER, _REFERENCE, _SKU, _NAME, _DESCRIPTION = 22, 30, 48, 60, 45


def segments(document: Document, lines: Sequence[DocumentLine]) -> Iterator[Segment]:
    """An order's segments. Raises ValueError where an identifier does not fit its element."""
    first = lines[0]
    place = identifier(document.location_id, _REFERENCE)
    yield "W05", "N", identifier(first.order_ref, _ORDER), identifier(document.wave, _ORDER)
    yield "N1", "WH", text(document.location_id, _NAME), "92", place
    if document.ship_to_location_id:
        end = document.ship_to_location_id
        yield "N1", "ST", text(end, _NAME), "92", identifier(end, _REFERENCE)
    yield "N9", "ZZ", identifier(first.channel_id, _REFERENCE)
    yield "N9", "DO", document.export_id[:_REFERENCE]
    yield "G62", "10", f"{document.created_at:%Y%m%d}"
    for number, line in enumerate(lines, start=1):
        yield "LX", str(number)
        yield "W01", str(line.quantity), "EA", "", "VN", identifier(line.sku, _SKU)
        if text(line.description, _DESCRIPTION):
            yield "G69", text(line.description, _DESCRIPTION)
        yield "N9", "LI", identifier(line.line_ref, _REFERENCE)
    yield "W76", str(sum(line.quantity for line in lines))
