"""A purchase order as X12 850: one transaction an order, in one interchange a document.

Belongs here: the 850's segments. Does not belong here: the envelope (`feeds.x12`), the document (`documents`).

As in the 940, names and addresses are not in it. Lines carry the channel's line id (REF*LI) and orders their channel
(REF*ZZ), which an 855 and an 856 repeat. An order for our own stock (SA) says besides what a unit costs, in which
currency, and by which day it is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oms_core.feeds.x12.envelope import Segment
from oms_core.feeds.x12.writing import identifier, text
from oms_core.fulfilment.documents import PURCHASE_ORDER, Document, DocumentLine, SupplyLine
from oms_core.money import MINOR_UNITS, to_major

GROUP, KIND = "PO", "850"
_ORDER, _REFERENCE, _SKU, _NAME, _DESCRIPTION = 22, 30, 48, 60, 80


def segments(document: Document, lines: Sequence[DocumentLine]) -> Iterator[Segment]:
    """An order's segments. Raises ValueError where an identifier does not fit.

    A customer's order is shipped by the supplier (DS, from N1*SF), our own comes to a location of ours (SA, N1*ST).
    """
    first, is_ours = lines[0], document.document_type == PURCHASE_ORDER
    kind, side = ("SA", "ST") if is_ours else ("DS", "SF")
    yield "BEG", "00", kind, identifier(first.order_ref, _ORDER), "", f"{document.created_at:%Y%m%d}"
    if isinstance(first, SupplyLine):
        yield "CUR", "BY", first.currency
    yield "REF", "ZZ", identifier(first.channel_id, _REFERENCE)
    yield "REF", "DO", document.export_id[:_REFERENCE]
    yield "N1", side, text(document.location_id, _NAME), "92", identifier(document.location_id, _REFERENCE)
    for number, line in enumerate(lines, start=1):
        yield "PO1", str(number), str(line.quantity), "EA", *_price(line), "VN", identifier(line.sku, _SKU)
        if text(line.description, _DESCRIPTION):
            yield "PID", "F", "", "", "", text(line.description, _DESCRIPTION)
        yield "REF", "LI", identifier(line.line_ref, _REFERENCE)
        if isinstance(line, SupplyLine):
            yield "DTM", "002", line.expected_date.replace("-", "")
    yield "CTT", str(len(lines)), str(sum(line.quantity for line in lines))


def _price(line: DocumentLine) -> tuple[str, str]:
    """Price of a unit and its basis (PO104, PO105); both empty where the order does not say."""
    if not isinstance(line, SupplyLine):
        return "", ""
    if line.currency not in MINOR_UNITS:
        raise ValueError(f"{line.currency} is no currency whose minor unit is known: X12 has prices in major units")
    return f"{to_major(line.unit_cost_minor, line.currency):f}", "PE"
