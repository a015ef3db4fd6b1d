"""A batch picking list, for places without a system of their own: what to take in one walk, and for which orders.

Belongs here: grouping a document by zone and SKU, and its looks as CSV and PDF.
Does not belong here: the document (`documents`), which places get it (`partners`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from xml.sax.saxutils import escape

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Spacer, Table

from oms_core.fulfilment.documents import Document
from oms_core.fulfilment.spreadsheet import neutralise

Zones = Mapping[str, Sequence[str]]

ELSEWHERE = "elsewhere"
_HEADER = ("zone", "sku", "description", "quantity", "channel_id", "order_ref", "line_ref", "quantity_for_order")
_STYLE = getSampleStyleSheet()
_WIDTHS = (8 * mm, 52 * mm, 62 * mm, 16 * mm, 44 * mm)


@dataclass(frozen=True, slots=True)
class Pick:
    """A SKU to take once: `quantity` base units in all, and how many for which order line (channel, order, line)."""

    zone: str
    sku: str
    description: str
    quantity: int
    orders: tuple[tuple[str, str, str, int], ...]


def picks(document: Document, zones: Zones) -> list[Pick]:
    """The document's SKUs by zone, then SKU.

    `zones`: patterns of SKUs by zone, in the order of the walk; the first that fits counts, and what fits none is
    taken last, `elsewhere`.
    """
    walk = {zone: place for place, zone in enumerate((*zones, ELSEWHERE))}
    found: dict[str, list[tuple[str, str, str, int]]] = {}
    descriptions: dict[str, str] = {}
    for line in document.lines:
        found.setdefault(line.sku, []).append((line.channel_id, line.order_ref, line.line_ref, line.quantity))
        descriptions[line.sku] = line.description
    made = [
        Pick(_zone(sku, zones), sku, descriptions[sku], sum(order[3] for order in orders), tuple(orders))
        for sku, orders in found.items()
    ]
    return sorted(made, key=lambda pick: (walk[pick.zone], pick.sku))


def _zone(sku: str, zones: Zones) -> str:
    fitting = (zone for zone, patterns in zones.items() if any(fnmatchcase(sku, pattern) for pattern in patterns))
    return next(fitting, ELSEWHERE)


def to_csv(document: Document, zones: Zones) -> bytes:
    """The list as CSV, a row an order line: UTF-8, CRLF line ends; formulas neutralised."""
    body = io.StringIO()
    writer = csv.writer(body)
    writer.writerow(_HEADER)
    for pick in picks(document, zones):
        for order in pick.orders:
            cells = (pick.zone, pick.sku, pick.description, pick.quantity, *order)
            writer.writerow([neutralise(cell) if isinstance(cell, str) else cell for cell in cells])
    return body.getvalue().encode()


def to_pdf(document: Document, zones: Zones) -> bytes:
    """The list as A4 pages: a box to tick, the SKU with its Code 128, units in all and by order. The same document is
    the same bytes."""
    out = io.BytesIO()
    frame = Frame(14 * mm, 16 * mm, A4[0] - 28 * mm, A4[1] - 46 * mm, 0, 0, 0, 0)
    pages = BaseDocTemplate(out, pagesize=A4, invariant=1, title=f"Picking list {document.wave}")
    heads = lambda canvas, _: _head(canvas, document)  # noqa: E731 - reportlab hands over more than is wanted
    pages.addPageTemplates([PageTemplate("list", [frame], onPage=heads)])
    pages.build(list(_story(picks(document, zones))))
    return out.getvalue()


def _head(canvas: Canvas, document: Document) -> None:
    units = document.payload["quantity_total"]
    canvas.setFont("Helvetica-Bold", 15)
    canvas.drawString(14 * mm, A4[1] - 18 * mm, f"{document.location_id}: wave {document.wave}")
    canvas.setFont("Helvetica", 9)
    told = f"{len({line.sku for line in document.lines})} SKUs, {units} units, {len(document.lines)} order lines"
    canvas.drawString(14 * mm, A4[1] - 24 * mm, f"{told}; document {document.export_id[:12]}")
    canvas.drawRightString(A4[0] - 14 * mm, 10 * mm, f"page {canvas.getPageNumber()}")


def _story(found: Iterable[Pick]) -> Iterable[Flowable]:
    by_zone: dict[str, list[Pick]] = {}
    for pick in found:
        by_zone.setdefault(pick.zone, []).append(pick)
    for zone, taken in by_zone.items():
        yield Paragraph(f"Zone {escape(zone)}", _STYLE["Heading3"])
        yield Table(
            [("", "SKU", "Product", "Units", "For"), *map(_row, taken)],
            colWidths=_WIDTHS,
            repeatRows=1,
            # A SKU that hundreds of orders want is taller than a page.
            splitInRow=1,
            style=[
                ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 9),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.lightgrey),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("ALIGN", (3, 0), (3, -1), "RIGHT"),
                *(("BOX", (0, row), (0, row), 0.8, colors.black) for row in range(1, len(taken) + 1)),
            ],
        )
        yield Spacer(0, 4 * mm)


def _row(pick: Pick) -> tuple[object, ...]:
    orders = "<br/>".join(f"{units} × {escape(order_ref)}" for _, order_ref, _, units in pick.orders)
    named: list[Flowable] = [Paragraph(escape(pick.sku), _STYLE["Normal"])]
    if pick.sku.isascii():
        named.append(Code128(pick.sku, barHeight=6 * mm, barWidth=0.22 * mm, quiet=False))
    return "", named, Paragraph(escape(pick.description), _STYLE["Normal"]), str(pick.quantity), Paragraph(orders)
