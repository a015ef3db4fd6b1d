"""A warehouse order as X12 940 or 850, and the profiles that ask for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from oms_core.feeds.x12.envelope import read_interchanges
from oms_core.fulfilment.documents import Document, DocumentLine
from oms_core.fulfilment.partners import Partner, Partners, PartnersError, read_partners
from oms_core.fulfilment.rendering import render, to_x12

PROFILES = """
partners:
  WH-1:
    forms: [x12, json]
    answers_within_hours: 24
    x12: {version: "005010", sender: ZZ/US, receiver: 01/123456789, test: true}
"""
DOCUMENT = Document(
    "WH-1", "WH-1", "2026-06-01-W1", datetime(2026, 6, 1, 9, 30, tzinfo=UTC),
    (
        DocumentLine(1, "web", "1001", "1", "MUG", "Mug * with ~ stars", 2),
        DocumentLine(2, "market", "77", "a", "CUP", "", 1),
        DocumentLine(3, "web", "1001", "2", "CUP", "Cup", 5),
    ),
)  # fmt: skip


def partner() -> Partner:
    return read_partners(PROFILES).of("WH-1")


def test_an_order_is_a_transaction_that_carries_all_that_an_answer_must_repeat() -> None:
    profile = partner().x12
    assert profile is not None
    (interchange,) = read_interchanges(to_x12(DOCUMENT, profile, 9))
    assert (interchange.sender, interchange.receiver, interchange.control) == (
        ("ZZ", "US"),
        ("01", "123456789"),
        "000000009",
    )
    assert (interchange.header[12], interchange.header[15], interchange.errors) == ("00501", "T", ())
    (group,) = interchange.groups
    assert (group.kind, group.version, group.errors) == ("OW", "005010", ())
    market, web = group.transactions
    assert list(web.segments) == [
        ("W05", "N", "1001", "2026-06-01-W1"),
        ("N1", "WH", "WH-1", "92", "WH-1"),
        ("N9", "ZZ", "web"),
        ("N9", "DO", DOCUMENT.export_id[:30]),
        ("G62", "10", "20260601"),
        ("LX", "1"), ("W01", "2", "EA", "", "VN", "MUG"), ("G69", "Mug   with   stars"), ("N9", "LI", "1"),
        ("LX", "2"), ("W01", "5", "EA", "", "VN", "CUP"), ("G69", "Cup"), ("N9", "LI", "2"),
        ("W76", "7"),
    ]  # fmt: skip
    assert ("N9", "ZZ", "market") in market.segments


def test_a_supplier_that_ships_to_the_customer_gets_an_850_with_what_its_answers_must_repeat() -> None:
    profile = partner().x12
    assert profile is not None
    (interchange,) = read_interchanges(to_x12(DOCUMENT, replace(profile, document="850"), 9))
    (group,) = interchange.groups
    assert (group.kind, group.errors, [t.kind for t in group.transactions]) == ("PO", (), ["850", "850"])
    assert list(group.transactions[1].segments) == [
        ("BEG", "00", "DS", "1001", "", "20260601"),
        ("REF", "ZZ", "web"),
        ("REF", "DO", DOCUMENT.export_id[:30]),
        ("N1", "SF", "WH-1", "92", "WH-1"),
        ("PO1", "1", "2", "EA", "", "", "VN", "MUG"), ("PID", "F", "", "", "", "Mug   with   stars"),
        ("REF", "LI", "1"),
        ("PO1", "2", "5", "EA", "", "", "VN", "CUP"), ("PID", "F", "", "", "", "Cup"), ("REF", "LI", "2"),
        ("CTT", "2", "7"),
    ]  # fmt: skip


def forms(profile: Partner) -> list[str]:
    return [file.name.rpartition(".")[2] for file in render(DOCUMENT, profile, 9)]


def test_the_same_document_and_number_are_the_same_bytes() -> None:
    assert render(DOCUMENT, partner(), 9) == render(DOCUMENT, partner(), 9)
    assert forms(partner()) == ["x12", "json"]
    assert forms(Partner()) == ["csv", "json"]


@pytest.mark.parametrize(
    "change", [{"order_ref": "x" * 23}, {"line_ref": "a*b"}, {"sku": "SKÜ"}, {"channel_id": "y" * 31}]
)
def test_an_identifier_that_x12_cannot_carry_is_refused_and_not_cut(change: dict[str, str]) -> None:
    broken = replace(DOCUMENT, lines=(replace(DOCUMENT.lines[0], **change),))
    with pytest.raises(ValueError, match="cannot stand in an X12 element"):
        render(broken, partner(), 9)


def test_who_has_no_profile_gets_csv_and_json_and_need_not_answer() -> None:
    assert Partners().of("anybody") == Partner(("csv", "json"), None, None)
    assert partner().answers_within == timedelta(hours=24)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("partner: {}", "line 1: partner: unknown key"),
        ("partners:\n  W:\n    forms: [pdf]", "line 3: partners.W.forms: 'pdf' is none of csv, json, pick"),
        ("partners:\n  W:\n    forms: 3", "line 3: partners.W.forms: 3 is no list"),
        (
            'partners:\n  W:\n    x12: {version: "004010", sender: ZZ/US, receiver: ZZ/W, test: "no"}',
            "line 3: partners.W.x12.test: 'no' is neither true nor false",
        ),
        ("partners:\n  W:\n    forms: [x12]", "line 2: partners.W: forms names x12, and x12"),
        (
            "partners:\n  W:\n    answers_within_hours: 0",
            "line 3: partners.W.answers_within_hours: 0 is no whole number",
        ),
        ("partners:\n  W:\n    x12: {version: 4010}", "line 3: partners.W.x12.version: 4010 is none of 004010, 005010"),
        (
            'partners:\n  W:\n    x12: {version: "004010", sender: US, receiver: ZZ/W}',
            "line 3: partners.W.x12.sender: 'US' is no party: write its qualifier and id as ZZ/NAME",
        ),
        (
            'partners:\n  W:\n    x12: {version: "004010", sender: Z/US, receiver: ZZ/W}',
            "line 3: partners.W.x12: 'Z' 'US' is no X12 party",
        ),
    ],
)
def test_a_bad_profile_is_refused_with_its_line_and_the_reason(text: str, message: str) -> None:
    with pytest.raises(PartnersError, match=message):
        read_partners(text)
