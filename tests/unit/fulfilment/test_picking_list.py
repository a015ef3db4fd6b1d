"""A picking list takes every SKU once, in the order of the walk, and loses no unit and no order."""

from __future__ import annotations

import csv
import io
import re
import zlib
from base64 import a85decode
from datetime import UTC, datetime

from oms_core.fulfilment.documents import Document, DocumentLine
from oms_core.fulfilment.partners import read_partners
from oms_core.fulfilment.picking_list import Pick, picks, to_csv, to_pdf
from oms_core.fulfilment.rendering import render

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
LINES = (
    DocumentLine(1, "web", "1001", "a", "MUG", "Mug <b>red & blue", 3),
    DocumentLine(2, "web", "1002", "b", "CUP", "=Cup", 1),
    DocumentLine(3, "market", "M-7", "c", "MUG", "Mug <b>red & blue", 2),
    DocumentLine(4, "market", "M-7", "d", "ÄPFEL", "Apples", 4),
)
DOCUMENT = Document("ST-1", "ST-1", "2026-06-01-W1", AT, LINES)
ZONES = {"upstairs": ("M*",), "cellar": ("ÄP*", "MUG")}


def test_every_sku_is_taken_once_by_zone_in_the_order_of_the_walk() -> None:
    assert picks(DOCUMENT, ZONES) == [
        Pick("upstairs", "MUG", "Mug <b>red & blue", 5, (("web", "1001", "a", 3), ("market", "M-7", "c", 2))),
        Pick("cellar", "ÄPFEL", "Apples", 4, (("market", "M-7", "d", 4),)),
        Pick("elsewhere", "CUP", "=Cup", 1, (("web", "1002", "b", 1),)),
    ]
    assert [pick.zone for pick in picks(DOCUMENT, {})] == ["elsewhere"] * 3


def test_the_csv_has_a_row_an_order_line_and_starts_no_formula() -> None:
    found = list(csv.DictReader(io.StringIO(to_csv(DOCUMENT, ZONES).decode())))
    assert [(row["sku"], row["quantity"], row["order_ref"], row["quantity_for_order"]) for row in found] == [
        ("MUG", "5", "1001", "3"), ("MUG", "5", "M-7", "2"), ("ÄPFEL", "4", "M-7", "4"), ("CUP", "1", "1002", "1"),
    ]  # fmt: skip
    assert found[-1]["description"] == "'=Cup"


def texts(pdf: bytes) -> str:
    """What its pages draw: streams are compressed, and written in base 85."""
    streams = re.findall(rb"stream\r?\n(.*?)~>\s*endstream", pdf, re.S)
    return b"".join(zlib.decompress(a85decode(stream)) for stream in streams).decode("latin-1")


def test_the_pdf_names_every_zone_sku_and_order_and_is_the_same_bytes_again() -> None:
    pdf = to_pdf(DOCUMENT, ZONES)
    assert pdf == to_pdf(DOCUMENT, ZONES)
    written = texts(pdf)
    for word in (
        "ST-1: wave 2026-06-01-W1",
        "3 SKUs, 10 units, 4 order lines",
        "upstairs",
        "cellar",
        "MUG",
        "M-7",
        "1002",
    ):
        assert word in written, word


def test_a_long_list_goes_over_pages() -> None:
    lines = tuple(DocumentLine(n, "web", f"O{n}", "1", f"SKU-{n:03d}", "Thing", 1) for n in range(1, 121))
    pdf = to_pdf(Document("ST-1", "ST-1", "2026-06-01-W1", AT, lines), {})
    assert len(re.findall(rb"/Type /Page\b", pdf)) > 3
    assert "SKU-120" in texts(pdf)


def test_a_sku_that_is_wanted_by_more_orders_than_a_page_holds_goes_over_pages() -> None:
    lines = tuple(DocumentLine(n, "web", f"O{n}", "1", "MUG", "Mug", 1) for n in range(1, 301))
    pdf = to_pdf(Document("ST-1", "ST-1", "2026-06-01-W1", AT, lines), {})
    assert len(re.findall(rb"/Type /Page\b", pdf)) > 3
    assert all(f"O{n}" in texts(pdf) for n in (1, 150, 300))


def test_a_place_that_wants_it_gets_it() -> None:
    profiles = "partners: {ST-1: {forms: [picking_list], picking_zones: {upstairs: ['M*']}}}"
    partner = read_partners(profiles).of("ST-1")
    files = {file.name.removeprefix(DOCUMENT.file_name): file for file in render(DOCUMENT, partner, 1)}
    assert set(files) == {"-picking.csv", "-picking.pdf"}
    assert files["-picking.pdf"].media_type == "application/pdf"
    assert b"upstairs,MUG" in files["-picking.csv"].data
