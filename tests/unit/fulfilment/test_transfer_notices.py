"""What has left one of our places for another, as a document to that other place: JSON, CSV and X12 943."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from oms_core.feeds.x12.envelope import read_interchanges
from oms_core.fulfilment.documents import parse_document
from oms_core.fulfilment.partners import PartnersError, read_partners
from oms_core.fulfilment.rendering import render, to_x12
from oms_core.fulfilment.transfer_notices import Departure, build_notices

AT = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
LEFT = Departure("TR-20260601-0123456789", "SHP7-m1", "WH-2", "WH-1", "MUG", 7, "", "")
PROFILES = read_partners("""
partners:
  WH-1:
    forms: [x12, json, csv, picking_list]
    transfer_notices: true
    x12: {version: "005010", sender: ZZ/US, receiver: ZZ/WH, document: "850"}
  WH-2: {forms: [csv]}
""")


def test_one_notice_an_order_and_pair_of_places_numbered_after_those_before() -> None:
    others = (
        replace(LEFT, movement_id="SHP7-m2", sku="CUP"),
        replace(LEFT, order_ref="TR-2", movement_id="x"),
        replace(LEFT, order_ref="TR-2", to_location_id="ST-1", movement_id="y"),
    )
    made = build_notices((LEFT, *others), {"MUG": "A mug"}, {LEFT.order_ref: 2}, AT)
    assert [(one.wave, one.partner_id, one.location_id, [x.line_ref for x in one.lines]) for one in made] == [
        ("TR-2-1", "ST-1", "WH-2", ["y"]),
        ("TR-2-2", "WH-1", "WH-2", ["x"]),
        (f"{LEFT.order_ref}-3", "WH-1", "WH-2", ["SHP7-m1", "SHP7-m2"]),
    ]
    assert build_notices((*reversed(others), LEFT), {"MUG": "A mug"}, {LEFT.order_ref: 2}, AT) == made
    assert parse_document(made[2].json_bytes) == made[2]


def test_a_notice_is_a_943_with_lots_and_serials_and_no_picking_list() -> None:
    traced = replace(LEFT, movement_id="SHP7-m2", sku="LAMP", quantity=1, lot_ref="L-07", serial_ref="S-1")
    (made,) = build_notices((LEFT, traced), {"MUG": "A mug"}, {}, AT)
    sheet, x12, _ = render(made, PROFILES.of("WH-1"), 4)
    header, _, line, _ = csv.reader(io.StringIO(sheet.data.decode()))
    said = dict(zip(header, line, strict=True))
    assert (said["ship_to_location_id"], said["sku"], said["lot_ref"], said["serial_ref"]) == (
        "WH-1", "LAMP", "L-07", "S-1",
    )  # fmt: skip
    (interchange,) = read_interchanges(x12.data)
    (group,) = interchange.groups
    (notice,) = group.transactions
    assert (group.kind, group.version, interchange.errors, group.errors, notice.errors) == ("AR", "005010", (), (), ())
    assert (notice.kind, list(notice.segments)) == ("943", [
        ("W06", "F", LEFT.order_ref, "20260601", f"{LEFT.order_ref}-1"),
        ("N1", "SF", "WH-2", "92", "WH-2"),
        ("N1", "ST", "WH-1", "92", "WH-1"),
        ("N9", "DO", made.export_id[:30]),
        ("W27", "ZZ"),
        ("W04", "7", "EA", "", "VN", "MUG"),
        ("G69", "A mug"),
        ("W04", "1", "EA", "", "VN", "LAMP"),
        ("N9", "LT", "L-07"),
        ("N9", "SE", "S-1"),
        ("W03", "8"),
    ])  # fmt: skip


def test_what_a_943_cannot_carry_is_refused_not_cut() -> None:
    profile = PROFILES.of("WH-1").x12
    assert profile is not None
    (made,) = build_notices([replace(LEFT, lot_ref="L" * 31)], {}, {}, AT)
    with pytest.raises(ValueError, match="cannot stand in an X12 element of 30"):
        to_x12(made, profile, 1)


def test_only_who_asks_for_notices_gets_them_and_not_as_a_picking_list_alone() -> None:
    assert PROFILES.told_of_transfers == ["WH-1"]
    with pytest.raises(PartnersError, match="picking list announces nothing"):
        read_partners("partners: {ST-1: {forms: [picking_list], transfer_notices: true}}")
    with pytest.raises(PartnersError, match="neither true nor false"):
        read_partners('partners: {ST-1: {transfer_notices: "yes"}}')
