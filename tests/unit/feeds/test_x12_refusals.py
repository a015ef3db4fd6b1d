"""X12 files as a feed: what is set aside, and that nothing of a bad file is half-applied."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from oms_core.feeds.rejections import FileRefused
from oms_core.feeds.x12.envelope import Segment
from tests.unit.feeds.x12_documents import (
    ADJUSTED,
    COUNTED,
    DEFINITION,
    NOTICE,
    PROMISED,
    RECEIVED,
    SHIPPED,
    chunk,
    in_cases,
    rows,
    sent,
)


@pytest.mark.parametrize(
    ("documents", "reason"),
    [
        ([("860", [("BCH", "01", "1")])], "documents of kind 860 are not read"),
        ([("945", SHIPPED[:1] + SHIPPED[2:])], "does not repeat our reference N9 (or REF) ZZ"),
        ([("945", SHIPPED[1:])], "it has no W06"),
        ([("945", [*SHIPPED[:3], ("W12", "CC", "2", "x", "0", "EA", "", "VN", "MUG"), SHIPPED[4]])], "is no whole"),
        ([("945", [*SHIPPED[:3], ("W12", "CC", "2", "-1", "3", "EA", "", "VN", "MUG"), SHIPPED[4]])], "below zero"),
        ([("945", [*SHIPPED[:3], ("W12", "CC", "2", "1e999", "3", "EA", "", "VN", "MUG"), SHIPPED[4]])], "no whole"),
        ([("945", [("W06", "F", "1001", "2026062", "SHP7"), *SHIPPED[1:]])], "is no day written"),
        ([("945", [*SHIPPED[:3], ("W12", "CC", "2", "2", "0", "EA", "", "ZZ", "MUG"), SHIPPED[4]])], "names no SKU"),
        ([("846", COUNTED[:2])], "has no quantity on hand"),
        ([("856", [NOTICE[0], *NOTICE[4:]])], "stands under no order"),
        ([("856", [("BSN", "01", *NOTICE[0][2:]), *NOTICE[1:]])], "takes a customer's shipment back (BSN01 01)"),
        ([("855", PROMISED[:2])], "has no PO1"),
        ([("944", [RECEIVED[0], ("W07", "", "EA", "", "VN", ""), *RECEIVED[2:]])], "names no SKU"),
        ([("947", [("W15", "20260602"), *ADJUSTED[1:]])], "cannot be read"),
        ([("997", [("AK1", "OW"), ("AK9", "A", "1", "1", "1")])], "997 0002 answers no group of ours"),
        ([("997", [("AK1", "OW", "42")])], "997 0002 answers no group of ours"),
        # Of another unit than ours: two cases are not two.
        ([("945", in_cases(SHIPPED, 3, 5))], "W12 has 2 CA"),
        ([("846", in_cases(COUNTED, 2, 3))], "QTY has 40 CA"),
        ([("944", in_cases(RECEIVED, 1, 2))], "W07 has 12 CA"),
        ([("944", in_cases(RECEIVED, 2, 2))], "W13 has 2 CA"),
        ([("947", in_cases(ADJUSTED, 1, 3))], "W19 has 3 CA"),
        ([("856", in_cases(NOTICE, 7, 3))], "SN1 has 2 CA"),
        ([("856", in_cases(NOTICE, 7, 6))], "SN1 has 2 CA"),
        ([("855", in_cases(PROMISED, 2, 3))], "PO1 has 2 CA"),
        ([("855", in_cases(PROMISED, 3, 3))], "ACK has 2 CA"),
    ],
)  # fmt: skip
def test_a_document_that_cannot_be_used_is_set_aside_whole_and_the_others_are_taken(
    tmp_path: Path, documents: list[tuple[str, list[Segment]]], reason: str
) -> None:
    found = chunk(tmp_path, sent(("846", COUNTED), *documents))
    (rejection,) = found.rejections
    assert reason in rejection.reason
    assert (rejection.row_number, found.records, set(found.accepted)) == (2, 2, {"stock_counts"})


@pytest.mark.parametrize("marks", [b"*>~", b"*|>", b"*|:", b"|:'", b"\x1d\x1f\x1e"])
def test_whatever_separates_segments_a_document_is_counted_once(tmp_path: Path, marks: bytes) -> None:
    """Names may end as a document's header begins: JAR-ST with its lot after it."""
    segments = [*SHIPPED[:3], ("W12", "CC", "2", "2", "0", "EA", "", "VN", "JAR-ST", "L-TA1", "", ""), *SHIPPED[4:]]
    data = sent(("945", [*segments[:2], ("W27", "M", "ST"), ("N1", "ST", "A/ST", "92", "1"), *segments[2:]]))
    for written in (data, data.replace(b"\n", b""), data.replace(b"\n", b"\r\n")):
        found = chunk(tmp_path, written.translate(bytes.maketrans(b"*>~", marks)))
        assert (found.records, found.quarantined) == (1, 0)
        assert [(r["sku"], r["quantity"]) for r in rows(found, "stock_movements")] == [("JAR-ST", 2), ("CUP", 3)]


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert set(chunk(tmp_path, b"\xef\xbb\xbf" + sent(("846", COUNTED))).accepted) == {"stock_counts"}


def test_a_document_with_a_wrong_count_is_set_aside(tmp_path: Path) -> None:
    data = sent(("945", SHIPPED), ("846", COUNTED)).replace(b"SE*11*0001", b"SE*10*0001")
    found = chunk(tmp_path, data)
    assert [r.reason for r in found.rejections] == [
        "document 0001 (945): it has another number of segments than SE states (AK5 4)"
    ]
    assert set(found.accepted) == {"stock_counts"}


def test_rows_of_types_that_the_feed_does_not_emit_are_set_aside(tmp_path: Path) -> None:
    found = chunk(tmp_path, sent(("846", COUNTED)), replace(DEFINITION, emits=("acknowledgements",)))
    assert [r.reason_code for r in found.rejections] == ["not_emitted"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"IEA*1*000000005", b"IEA*1*000000006", "wrong_envelope"),
        (b"IEA*1*000000005", b"IEA*3*000000005", "wrong_envelope"),
        (b"GE*1*5", b"GE*7*5", "wrong_envelope"),
        (b"*260602*", b"*26XX02*", "wrong_envelope"),
        (b"IEA*1*000000005~\n", b"", "not_x12"),
        (b"ISA*", b"JSA*", "not_x12"),
        # Latin-1 has digits that are no numbers.
        (b"GE*1*5", b"GE*\xb2*5", "wrong_envelope"),
        (b"IEA*1*000000005", b"IEA*1*\xb3", "wrong_envelope"),
        (b"GE*1*5", b"GE*1*5~\nTA1*\xb2*260602*1030*A*000", "wrong_answer"),
        # The character after the header ends segments: here the header's own first space.
        (b"~", b" ", "not_x12"),
    ],
)
def test_a_file_whose_envelope_is_wrong_is_refused_whole(tmp_path: Path, old: bytes, new: bytes, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        chunk(tmp_path, sent(("945", SHIPPED)).replace(old, new))
    assert refused.value.reason_code == code


def test_an_interchange_that_is_twice_in_a_file_counts_once_and_two_of_one_number_are_refused(tmp_path: Path) -> None:
    once, twice = (chunk(tmp_path, sent(("945", SHIPPED)) * times) for times in (1, 2))
    assert (rows(twice, "stock_movements"), twice.records, twice.duplicates) == (rows(once, "stock_movements"), 2, 1)
    with pytest.raises(FileRefused, match="two interchanges have the number 000000005"):
        chunk(tmp_path, sent(("945", SHIPPED)) + sent(("846", COUNTED)))


THIRD_PARTY = {
    # One of its lines states no quantity: half a count would be no count.
    "846_newegg_dropship_inventory.edi": (None, 1),
    "AckTest.edi": (None, 3),
    "940.OK.edi": (None, 1),
    "856.Crossdock.OK.edi": (None, 1),
    "simple997.edi": ("acknowledgements", 0),
    "x12_interchange_ack.txt": ("acknowledgements", 0),
}


@pytest.mark.parametrize("name", THIRD_PARTY)
def test_third_party_files_are_read_and_what_is_not_ours_is_set_aside(
    name: str, shared_data: Path, tmp_path: Path
) -> None:
    record_type, rejected = THIRD_PARTY[name]
    found = chunk(tmp_path, (shared_data / "edi" / "x12" / name).read_bytes())
    assert (set(found.accepted), found.quarantined) == ({record_type} - {None}, rejected)


@pytest.mark.parametrize("name", ["WrongGroupsAndTranCount.edi", "856_gozer_xyz_retail.edi"])
def test_third_party_files_with_wrong_envelopes_are_refused(name: str, shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="states other counts or control numbers"):
        chunk(tmp_path, (shared_data / "edi" / "x12" / name).read_bytes())
