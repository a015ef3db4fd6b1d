"""The files in which a partner gets a document.

Belongs here: which files a document has, and their names.
Does not belong here: how they travel (`delivery`), whether they were sent (`store.operations`), how a form looks.
"""

from __future__ import annotations

from oms_core.fulfilment.delivery.transport import OutgoingFile
from oms_core.fulfilment.documents import Document
from oms_core.fulfilment.partners import Partner
from oms_core.fulfilment.spreadsheet import to_csv
from oms_core.fulfilment.warehouse_order_x12 import to_x12


def render(document: Document, partner: Partner, control: int) -> list[OutgoingFile]:
    """The document's files, in the order in which they are sent: who watches for the JSON finds the others there.

    `control`: number of its X12 interchange. Raises ValueError where a form cannot say what the document says.
    """
    forms = {}
    if "csv" in partner.forms:
        forms["csv"] = to_csv(document)
    if "x12" in partner.forms and partner.x12 is not None:
        forms["x12"] = to_x12(document, partner.x12, control)
    if "json" in partner.forms:
        forms["json"] = document.json_bytes
    return [OutgoingFile(f"{document.file_name}.{form}", data) for form, data in forms.items()]
