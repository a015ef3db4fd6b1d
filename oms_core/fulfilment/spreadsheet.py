"""An export document as CSV, for people and their spreadsheets; machines read the JSON.

Belongs here: the CSV's columns, its trailer, and the neutralising of formulas.
Does not belong here: the document itself (`documents`).
"""

from __future__ import annotations

import csv
import hashlib
import io

import pandas as pd

from oms_core.fulfilment.documents import Document

#: A cell that starts so is run as a formula by a spreadsheet (OWASP, CSV injection); the wide signs in East Asia.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_HEAD = ("export_id", "location_id", "wave")


def neutralise(text: str) -> str:
    """The text so that no spreadsheet runs it: an apostrophe before what would start a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def neutralise_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every text in it neutralised, its column names too; numbers and instants stay as they are."""
    texts = frame.select_dtypes(include=["object", "str", "category"]).columns
    changed = {
        name: frame[name].astype(object).map(lambda cell: neutralise(cell) if isinstance(cell, str) else cell)
        for name in texts
    }
    return frame.assign(**changed).rename(columns=neutralise)


def to_csv(document: Document) -> bytes:
    """The document as CSV: a header, its lines, and a trailer of line count, quantity total and hash of what is above.

    UTF-8, CRLF line ends (RFC 4180); the trailer's first cell is `TRAILER`.
    """
    body = io.StringIO()
    writer = csv.writer(body)
    # Only a transfer has an end of ours: warehouses know the columns of their orders.
    names = (*_HEAD, "ship_to_location_id") if document.ship_to_location_id else _HEAD
    head = tuple(getattr(document, name) for name in names)
    writer.writerow((*names, *document.line_names))
    for line in document.lines:
        cells = (*head, *(getattr(line, name) for name in document.line_names))
        writer.writerow([neutralise(cell) if isinstance(cell, str) else cell for cell in cells])
    digest = hashlib.sha256(body.getvalue().encode()).hexdigest()
    writer.writerow(("TRAILER", document.payload["line_count"], document.payload["quantity_total"], digest))
    return body.getvalue().encode()
