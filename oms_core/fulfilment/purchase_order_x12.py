"""A drop-ship purchase order as X12 850: one transaction an order, in one interchange a document.

Belongs here: the 850's segments. Does not belong here: the envelope (`feeds.x12`), the document (`documents`).

As in the 940, names and addresses are not in it. Lines carry the channel's line id (REF*LI) and orders their channel
(REF*ZZ), which an 855 and an 856 repeat.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oms_core.feeds.x12.envelope import Segment
from oms_core.feeds.x12.writing import identifier, text
from oms_core.fulfilment.documents import Document, DocumentLine

GROUP, KIND = "PO", "850"
_ORDER, _REFERENCE, _SKU, _NAME, _DESCRIPTION = 22, 30, 48, 60, 80


def segments(document: Document, lines: Sequence[DocumentLine]) -> Iterator[Segment]:
    """An order's segments, to be shipped by the supplier (DS). Raises ValueError where an identifier does not fit."""
    first = lines[0]
    yield "BEG", "00", "DS", identifier(first.order_ref, _ORDER), "", f"{document.created_at:%Y%m%d}"
    yield "REF", "ZZ", identifier(first.channel_id, _REFERENCE)
    yield "REF", "DO", document.export_id[:_REFERENCE]
    yield "N1", "SF", text(document.location_id, _NAME), "92", identifier(document.location_id, _REFERENCE)
    for number, line in enumerate(lines, start=1):
        yield "PO1", str(number), str(line.quantity), "EA", "", "", "VN", identifier(line.sku, _SKU)
        if text(line.description, _DESCRIPTION):
            yield "PID", "F", "", "", "", text(line.description, _DESCRIPTION)
        yield "REF", "LI", identifier(line.line_ref, _REFERENCE)
    yield "CTT", str(len(lines)), str(sum(line.quantity for line in lines))
