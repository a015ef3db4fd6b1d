"""Dropping a document's files into its partner's folder of the outbox.

Belongs here: which files a document has and where they go.
Does not belong here: whether it was sent (`store.operations`).
"""

from __future__ import annotations

from pathlib import Path

from oms_core.fulfilment.documents import Document
from oms_core.fulfilment.files import safe_name, write_atomically
from oms_core.fulfilment.spreadsheet import to_csv


def write_document(outbox: Path, document: Document) -> Path:
    """Write `outbox/<partner>/<file name>.csv`, then `.json`, once however often it is called; the JSON's path.

    The JSON comes last: who watches for it finds the CSV there.
    """
    folder = outbox / safe_name(document.partner_id)
    write_atomically(folder, f"{document.file_name}.csv", to_csv(document))
    return write_atomically(folder, f"{document.file_name}.json", document.json_bytes)
