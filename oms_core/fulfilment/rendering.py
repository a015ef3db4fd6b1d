"""The files in which a partner gets a document.

Belongs here: which files a document has, and their names.
Does not belong here: how they travel (`delivery`), whether they were sent (`store.operations`), how a form looks.
"""

from __future__ import annotations

from types import ModuleType

from oms_core.feeds.x12.writing import write_interchange
from oms_core.fulfilment import picking_list, purchase_order_x12, transfer_notice_x12, warehouse_order_x12
from oms_core.fulfilment.delivery.transport import OutgoingFile
from oms_core.fulfilment.documents import PURCHASE_ORDER, TRANSFER_NOTICE, TRANSFER_ORDER, WAREHOUSE_ORDER, Document
from oms_core.fulfilment.partners import Partner, X12Profile
from oms_core.fulfilment.spreadsheet import to_csv

_X12 = {kind.KIND: kind for kind in (warehouse_order_x12, purchase_order_x12)}
#: What is our own business has one form, whatever a partner gets for customers' orders.
_OWN_X12 = {
    PURCHASE_ORDER: purchase_order_x12,
    TRANSFER_ORDER: warehouse_order_x12,
    TRANSFER_NOTICE: transfer_notice_x12,
}


def render(document: Document, partner: Partner, control: int) -> list[OutgoingFile]:
    """The document's files, in the order in which they are sent: who watches for the JSON finds the others there.

    `control`: number of its X12 interchange. Raises ValueError where a form cannot say what the document says.
    """
    files = {}
    if "picking_list" in partner.forms and document.document_type != TRANSFER_NOTICE:
        files["-picking.csv"] = picking_list.to_csv(document, partner.picking_zones)
        files["-picking.pdf"] = picking_list.to_pdf(document, partner.picking_zones)
    if "csv" in partner.forms:
        files[".csv"] = to_csv(document)
    if "x12" in partner.forms and partner.x12 is not None:
        files[".x12"] = to_x12(document, partner.x12, control)
    if "json" in partner.forms:
        files[".json"] = document.json_bytes
    return [OutgoingFile(document.file_name + ending, data) for ending, data in files.items()]


def to_x12(document: Document, profile: X12Profile, control: int) -> bytes:
    """The document as one interchange, a transaction an order. Raises ValueError where an identifier does not fit."""
    kind = _kind(document, profile)
    transactions = [(kind.KIND, list(kind.segments(document, lines))) for lines in document.orders]
    return write_interchange(profile.parties, profile.version, control, document.created_at, kind.GROUP, transactions)


def _kind(document: Document, profile: X12Profile) -> ModuleType:
    return _X12[profile.document] if document.document_type == WAREHOUSE_ORDER else _OWN_X12[document.document_type]
