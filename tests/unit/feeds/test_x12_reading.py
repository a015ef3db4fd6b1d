"""X12 documents as a feed: what each kind says, in our words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oms_core.feeds.chunks import Chunk
from oms_core.feeds.x12.answers import answer_to
from oms_core.feeds.x12.envelope import Segment, read_interchanges
from oms_core.feeds.x12.writing import write_interchange
from tests.unit.feeds.x12_documents import (
    ADJUSTED,
    AT,
    COUNTED,
    NOTICE,
    PROMISED,
    RECEIVED,
    SHIPPED,
    US,
    chunk,
    rows,
    sent,
)


def test_a_945_is_a_shipment_a_line_and_a_short_pick_where_it_falls_short(tmp_path: Path) -> None:
    found = chunk(tmp_path, sent(("945", SHIPPED)))
    assert [(r["order_ref"], r["order_line_ref"], r["sku"], r["quantity"], r["location_id"], r["movement_ref"])
            for r in rows(found, "stock_movements")] == [
        ("1001", "a", "MUG", 2, "WH-1", "SHP7:web:1001"), ("1001", "b", "CUP", 3, "WH-1", "SHP7:web:1001"),
    ]  # fmt: skip
    (short,) = rows(found, "order_events")
    assert (short["event_type"], short["quantity"], short["order_line_ref"], short["reason"]) == (
        "short_picked", 2, "b", "945 status BP",
    )  # fmt: skip
    assert short["effective_at"] == datetime(2026, 6, 2, 12, tzinfo=UTC)
    assert (found.records, found.quarantined) == (1, 0)


def shipped(*items: Segment) -> list[Segment]:
    head: list[Segment] = [("W06", "F", "1001", "20260602", "SHP7"), ("N9", "ZZ", "web")]
    return [*head, *items]


def test_a_945_of_two_orders_in_one_shipment_is_each_ones_own(tmp_path: Path) -> None:
    other = [("W06", "F", "1002", "20260602", "SHP7"), *SHIPPED[1:]]
    moved = rows(chunk(tmp_path, sent(("945", SHIPPED), ("945", other))), "stock_movements")
    assert len({(r["location_id"], r["movement_ref"], r["line_ref"]) for r in moved}) == 4
    two = [*NOTICE[:-1], ("HL", "5", "1", "O"), ("PRF", "1002"), *NOTICE[4:-1]]
    moved = rows(chunk(tmp_path, sent(("856", two))), "stock_movements")
    assert len({(r["location_id"], r["movement_ref"], r["line_ref"]) for r in moved}) == 4


def test_two_945s_of_a_day_that_name_no_shipment_are_two(tmp_path: Path) -> None:
    unnamed: list[Segment] = [("W06", "F", "1001", "20260602"), *SHIPPED[1:]]
    transfer = ours(unnamed, ("N1", "ST", "ST-1", "92", "ST-1"))
    documents = [("945", unnamed), ("945", unnamed), ("945", transfer), ("945", transfer)]
    found = chunk(tmp_path, sent(*documents, control=6) + sent(*documents, control=7))
    moved = rows(found, "stock_movements")
    assert len({(r["movement_ref"], r["line_ref"]) for r in moved}) == len(moved) == 16
    assert len({r["event_ref"] for r in rows(found, "order_events")}) == 4


TRACED = ("line_ref", "order_line_ref", "sku", "quantity", "lot_ref", "serial_ref")


def traced(found: Chunk) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in TRACED) for row in rows(found, "stock_movements")]


def test_a_945_says_lots_and_serial_numbers_and_each_is_a_movement(tmp_path: Path) -> None:
    items = shipped(
        # One package with two lots of a line, the second as a reference; each states the whole line's quantity.
        *[("LX", "1"), ("N9", "LI", "a")],
        ("W12", "CC", "5", "3", "0", "EA", "", "VN", "MUG", "L-07", "12", "G", "L"),
        *[("W12", "CC", "5", "2", "0", "EA", "", "VN", "MUG"), ("N9", "LT", "L-08")],
        *[("LX", "2"), ("W12", "CC", "3", "3", "0", "EA", "", "VN", "LAMP"), ("N9", "LI", "b")],
        *[("N9", "SE", "S-1"), ("N9", "SE", "S-2")],
    )
    found = chunk(tmp_path, sent(("945", items)))
    assert traced(found) == [
        ("a", "a", "MUG", 3, "L-07", None),
        ("a/2", "a", "MUG", 2, "L-08", None),
        ("b", "b", "LAMP", 1, None, "S-1"),
        ("b/2", "b", "LAMP", 1, None, "S-2"),
        ("b/3", "b", "LAMP", 1, None, None),
    ]
    assert "order_events" not in found.accepted, "nothing is missing"


def test_lines_that_split_what_was_ordered_are_short_by_what_is_missing_in_all(tmp_path: Path) -> None:
    items = shipped(
        *[("LX", "1"), ("W12", "CC", "3", "3", "0", "EA", "", "VN", "MUG", "L-07"), ("N9", "LI", "a")],
        *[("LX", "2"), ("W12", "BP", "2", "1", "1", "EA", "", "VN", "MUG", "L-08"), ("N9", "LI", "a")],
    )
    (short,) = rows(chunk(tmp_path, sent(("945", items))), "order_events")
    assert (short["quantity"], short["reason"]) == (1, "945 status CC, 945 status BP")


def test_what_goes_in_the_stead_of_what_was_ordered_is_a_shipment_of_what_went(tmp_path: Path) -> None:
    instead = ("W12", "IS", "2", "2", "0", "EA", "", "VN", "CUP", *[""] * 7, "VN", "MUG")
    not_sent = ("W12", "CS", "2", "0", "2", "EA", "", "VN", "MUG")
    items = shipped(("LX", "1"), not_sent, ("N9", "LI", "a"), instead, ("N9", "LI", "a"))
    found = chunk(tmp_path, sent(("945", items)))
    assert traced(found) == [("a", "a", "CUP", 2, None, None)]
    assert "order_events" not in found.accepted, "the line has all its units"


def test_an_856_and_a_944_say_lots_and_serial_numbers_too(tmp_path: Path) -> None:
    item = [("HL", "3", "2", "I"), ("LIN", "1", "VN", "MUG", "LT", "L-07"), ("SN1", "1", "2", "EA", "", "2", "EA")]
    notice = [*NOTICE[:5], *item, ("REF", "LI", "a"), ("REF", "SE", "S-1")]
    assert traced(chunk(tmp_path, sent(("856", notice)))) == [
        ("a", "a", "MUG", 1, "L-07", "S-1"),
        ("a/2", "a", "MUG", 1, "L-07", None),
    ]
    received = [RECEIVED[0], ("W07", "4", "EA", "", "VN", "MUG", "", "", "L-07"), ("W07", "1", "EA", "", "VN", "CUP")]
    assert traced(chunk(tmp_path, sent(("944", [*received, ("N9", "SE", "S-9")])))) == [
        ("1", None, "MUG", 4, "L-07", None),
        ("2", None, "CUP", 1, None, "S-9"),
    ]


PARCEL = ("order_line_ref", "carrier", "tracking_ref")


def parcels(found: Chunk) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in PARCEL) for row in rows(found, "stock_movements")]


def test_a_945_says_carrier_and_tracking_numbers_and_what_stands_nearest_to_a_line_counts(tmp_path: Path) -> None:
    head = [SHIPPED[0], ("N9", "CN", "PRO-1"), ("W27", "M", "UPSN"), *SHIPPED[1:]]
    assert parcels(chunk(tmp_path, sent(("945", head)))) == [("a", "UPSN", "PRO-1"), ("b", "UPSN", "PRO-1")]
    items = shipped(
        ("W27", "M", "", "Own van"),
        *[("LX", "1"), ("MAN", "CP", "1Z1", "", "CP", "1Z2"), ("W12", "CC", "1", "1", "0", "EA", "", "VN", "MUG")],
        *[("N9", "LI", "a"), ("LX", "2"), ("MAN", "GM", "00123")],
        *[("W12", "CC", "1", "1", "0", "EA", "", "VN", "CUP"), ("N9", "LI", "b"), ("N9", "2I", "1Z3")],
    )
    assert parcels(chunk(tmp_path, sent(("945", items)))) == [("a", "Own van", "1Z1 1Z2"), ("b", "Own van", "1Z3")]
    assert parcels(chunk(tmp_path, sent(("945", SHIPPED)))) == [("a", None, None), ("b", None, None)]


def test_an_856_says_them_of_the_shipment_or_of_the_package_that_an_item_is_in(tmp_path: Path) -> None:
    shipment = [*NOTICE[:2], ("TD5", "B", "2", "FDEG", "M", "Ground"), ("REF", "2I", "T-1"), *NOTICE[2:5]]
    item = [("LIN", "1", "VN", "MUG"), ("SN1", "1", "2", "EA", "", "2", "EA"), ("REF", "LI", "a")]
    other = [("LIN", "2", "VN", "CUP"), ("SN1", "2", "3", "EA", "", "3", "EA"), ("REF", "LI", "b")]
    packed = [("HL", "3", "2", "P"), ("MAN", "CP", "T-2"), ("HL", "4", "3", "I"), *item, ("HL", "5", "2", "I"), *other]
    assert parcels(chunk(tmp_path, sent(("856", [*shipment, *packed])))) == [("a", "FDEG", "T-2"), ("b", "FDEG", "T-1")]


def test_a_line_with_more_serial_numbers_than_units_or_of_two_lots_is_set_aside(tmp_path: Path) -> None:
    line = [("LX", "1"), ("W12", "CC", "1", "1", "0", "EA", "", "VN", "MUG"), ("N9", "LI", "a")]
    for extra, reason in (("SE", "2 serial numbers for 1 units"), ("LT", "of the lots 1, 2")):
        found = chunk(tmp_path, sent(("945", shipped(*line, ("N9", extra, "1"), ("N9", extra, "2")))))
        assert (found.accepted, [reason in one.reason for one in found.rejections]) == ({}, [True])


def ours(segments: list[Segment], *more: Segment) -> list[Segment]:
    """The same of an order of our own, with more segments after the first."""
    changed = [(one[0], "ZZ", "replenishment") if one[:2] in (("N9", "ZZ"), ("REF", "ZZ")) else one for one in segments]
    return [changed[0], *more, *changed[1:]]


def test_a_945_of_a_transfer_is_goods_on_their_way_and_no_shipment_to_a_customer(tmp_path: Path) -> None:
    found = chunk(tmp_path, sent(("945", ours(SHIPPED, ("N1", "ST", "ST-1", "92", "ST-1")))))
    names = ("kind", "movement_ref", "line_ref", "location_id", "counterparty_location_id", "sku", "quantity")
    assert [tuple(row[name] for name in names) for row in rows(found, "stock_movements")] == [
        ("transfer_out", "1001", "SHP7-a", "WH-1", "ST-1", "MUG", 2),
        ("transfer_out", "1001", "SHP7-b", "WH-1", "ST-1", "CUP", 3),
    ]
    assert "order_events" not in found.accepted
    nowhere = chunk(tmp_path, sent(("945", ours(SHIPPED))))
    assert ["does not repeat where it goes" in one.reason for one in nowhere.rejections] == [True]


def test_an_846_by_lot_counts_the_sku_once(tmp_path: Path) -> None:
    lots = [
        COUNTED[0],
        *[("LIN", "1", "VN", "MUG", "LT", "A"), ("QTY", "17", "10"), ("QTY", "33", "9")],
        *[("LIN", "2", "VN", "MUG", "LT", "B"), ("QTY", "33", "4"), ("QTY", "33", "1")],
    ]
    (found,) = rows(chunk(tmp_path, sent(("846", lots))), "stock_counts")
    assert found["counted_quantity"] == 15


def test_an_846_is_a_count_of_what_is_on_hand_or_else_available(tmp_path: Path) -> None:
    found = rows(chunk(tmp_path, sent(("846", COUNTED))), "stock_counts")
    assert [(r["sku"], r["counted_quantity"], r["count_ref"], r["location_id"]) for r in found] == [
        ("MUG", 40, "COUNT-3", "WH-1"), ("CUP", 0, "COUNT-3", "WH-1"),
    ]  # fmt: skip
    assert found[0]["effective_at"] == datetime(2026, 6, 1, 23, tzinfo=UTC)


def test_an_856_is_a_shipment_a_line_and_a_short_pick_where_it_falls_short(tmp_path: Path) -> None:
    found = chunk(tmp_path, sent(("856", NOTICE)))
    assert [(r["order_ref"], r["channel_id"], r["order_line_ref"], r["sku"], r["quantity"], r["movement_ref"])
            for r in rows(found, "stock_movements")] == [
        ("1001", "web", "a", "MUG", 2, "SHP8:web:1001"), ("1001", "web", "b", "CUP", 3, "SHP8:web:1001"),
    ]  # fmt: skip
    (short,) = rows(found, "order_events")
    assert (short["event_type"], short["quantity"], short["order_line_ref"]) == ("short_picked", 2, "b")


def test_an_855_releases_what_it_promises_and_ends_the_reservation_of_the_rest(tmp_path: Path) -> None:
    found = rows(chunk(tmp_path, sent(("855", PROMISED))), "order_events")
    assert [(r["order_line_ref"], r["event_type"], r["quantity"], r["reason"]) for r in found] == [
        ("a", "released", 2, None), ("b", "released", 3, None),
        ("b", "short_picked", 2, "855 IQ, IB"), ("c", "released", 1, None),
    ]  # fmt: skip
    refused = [("BAK", "00", "RJ", "1001", "20260602"), *PROMISED[1:]]
    found = rows(chunk(tmp_path, sent(("855", refused))), "order_events")
    assert [(r["event_type"], r["quantity"]) for r in found] == [("short_picked", n) for n in (2, 5, 1)]


def test_an_855_that_promises_without_a_quantity_promises_what_was_ordered(tmp_path: Path) -> None:
    line: list[Segment] = [("PO1", "1", "5", "EA", "", "", "VN", "MUG"), ("REF", "LI", "a")]
    for answers, expected in (
        ([("ACK", "IA")], [("released", 5)]),
        ([("ACK", "IQ", "3", "EA"), ("ACK", "IB")], [("released", 3), ("short_picked", 2)]),
        ([("ACK", "IR")], [("short_picked", 5)]),
        ([("ACK", "IA", "0", "EA")], [("short_picked", 5)]),
    ):
        found = rows(chunk(tmp_path, sent(("855", [*PROMISED[:2], *line, *answers]))), "order_events")
        assert [(r["event_type"], r["quantity"]) for r in found] == expected


def test_a_944_is_a_receipt_a_line_and_what_was_damaged_is_blocked(tmp_path: Path) -> None:
    found = rows(chunk(tmp_path, sent(("944", RECEIVED))), "stock_movements")
    number = "RCV5:20260602:PO-77"
    assert [(r["kind"], r["sku"], r["quantity"], r["po_ref"], r["movement_ref"], r["line_ref"]) for r in found] == [
        ("receipt", "MUG", 12, "PO-77", number, "1"), ("block", "MUG", 2, None, number, "1-W13-01"),
        ("receipt", "CUP", 7, "PO-77", number, "2"),
    ]  # fmt: skip


def test_two_944s_and_two_947s_of_one_number_are_two_where_their_order_or_day_is_another(tmp_path: Path) -> None:
    other, before = (*RECEIVED[0][:4], "PO-78"), (RECEIVED[0][0], "F", "20260601", *RECEIVED[0][3:])
    several = [("944", [head, *RECEIVED[1:]]) for head in (RECEIVED[0], other, before, RECEIVED[0])]
    adjusted = [("947", [(ADJUSTED[0][0], day, *ADJUSTED[0][2:]), *ADJUSTED[1:]]) for day in ("20260602", "20250602")]
    for documents, distinct in ((several, 3), (adjusted, 2)):
        found = rows(chunk(tmp_path, sent(*documents)), "stock_movements")
        assert len({r["movement_ref"] for r in found}) == distinct
    (unnamed,) = rows(chunk(tmp_path, sent(("944", [RECEIVED[0][:4], *RECEIVED[3:]]))), "stock_movements")
    assert unnamed["movement_ref"] == "RCV5", "it may be the number of what another place has sent"


def test_a_944_of_goods_from_another_place_of_ours_ends_a_transfer(tmp_path: Path) -> None:
    came = [RECEIVED[0], ("N1", "SF", "South", "92", "WH-SOUTH"), *RECEIVED[3:]]
    (found,) = rows(chunk(tmp_path, sent(("944", came))), "stock_movements")
    assert (found["kind"], found["counterparty_location_id"], found["quantity"]) == ("transfer_in", "WH-SOUTH", 7)


def test_a_947_is_an_adjustment_a_line_with_its_sign_and_a_hold_lies_there_still(tmp_path: Path) -> None:
    found = rows(chunk(tmp_path, sent(("947", ADJUSTED))), "stock_movements")
    assert [(r["kind"], r["sku"], r["quantity"], r["reason"]) for r in found] == [
        ("adjustment", "MUG", -3, "947 reason 07"), ("adjustment", "CUP", 4, "947 reason AA"),
        ("block", "MUG", 2, "947 reason 05"), ("unblock", "MUG", 1, "947 reason 55"),
    ]  # fmt: skip


def test_a_997_and_a_ta1_answer_the_documents_whose_numbers_they_name(tmp_path: Path) -> None:
    ours = write_interchange(US, "004010", 42, AT, "OW", [("940", [("W05", "N", "1")])])
    (good,) = read_interchanges(ours)
    (bad,) = read_interchanges(ours.replace(b"IEA*1*000000042", b"IEA*1*000000041"))
    found = chunk(tmp_path, answer_to(good, 501, AT) + answer_to(bad, 502, AT))
    assert [(r["partner_id"], r["document_ref"], r["status"], r["reason"], r["acknowledgement_ref"])
            for r in rows(found, "acknowledgements")] == [
        ("WH-1", "42", "accepted", None, "000000501-0001:42"),
        ("WH-1", "42", "rejected", "the control numbers of ISA and IEA differ (TA1 001)", "000000502-TA1-1:42"),
    ]  # fmt: skip


def test_a_997_that_refuses_one_order_is_an_answer_to_the_document_and_one_to_the_order(tmp_path: Path) -> None:
    ours = write_interchange(US, "004010", 42, AT, "OW", [("940", [("W05", "N", "1")])] * 3)
    (found,) = read_interchanges(ours.replace(b"SE*3*0002", b"SE*9*0002"))
    said = rows(chunk(tmp_path, answer_to(found, 501, AT)), "acknowledgements")
    refused = "refused: it has another number of segments than SE states (AK5 R 4)"
    assert [(r["document_ref"], r["status"], r["reason"], r["acknowledgement_ref"]) for r in said] == [
        ("42", "accepted", None, "000000501-0001:42"), ("42/2", "rejected", refused, "000000501-0001:42/2"),
    ]  # fmt: skip
