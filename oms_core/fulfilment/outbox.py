"""Dropping a document's files into its partner's folder of the outbox.

Belongs here: which files a document has and where they go.
Does not belong here: whether it was sent (`store.operations`), how its forms look.
"""

from __future__ import annotations

from pathlib import Path

from oms_core.fulfilment.documents import Document
from oms_core.fulfilment.files import safe_name, write_atomically
from oms_core.fulfilment.partners import Partner
from oms_core.fulfilment.spreadsheet import to_csv
from oms_core.fulfilment.warehouse_order_x12 import to_x12


def render(document: Document, partner: Partner, control: int) -> dict[str, bytes]:
    """The document's bytes by form, as they are written: who watches for the JSON finds the others there.

    `control`: number of its X12 interchange. Raises ValueError where a form cannot say what the document says.
    """
    forms = {}
    if "csv" in partner.forms:
        forms["csv"] = to_csv(document)
    if "x12" in partner.forms and partner.x12 is not None:
        forms["x12"] = to_x12(document, partner.x12, control)
    if "json" in partner.forms:
        forms["json"] = document.json_bytes
    return forms


def write_document(outbox: Path, document: Document, partner: Partner, control: int) -> list[Path]:
    """Write `outbox/<partner>/<file name>.<form>`, once however often it is called; the paths.

    Raises ValueError as `render` does, and then nothing is written.
    """
    folder = outbox / safe_name(document.partner_id)
    forms = render(document, partner, control)
    return [write_atomically(folder, f"{document.file_name}.{form}", data) for form, data in forms.items()]
