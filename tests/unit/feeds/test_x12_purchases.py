"""What a supplier's 855 and 856 say of our own purchases: what of each line comes, by when, and what is on its way."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from oms_core.feeds.x12.envelope import Segment
from tests.unit.feeds.x12_documents import AT, chunk, rows, sent

SAID = ("line_ref", "part_number", "quantity", "expected_date", "reason")


def line(number: int, ref: str, *answers: Segment) -> list[Segment]:
    return [("PO1", str(number), "40", "EA", "", "", "VN", "MUG"), ("REF", "LI", ref), *answers]


def promised(*lines: list[Segment], order_type: str = "AC", said_on: str = "20260602") -> list[Segment]:
    head = ("BAK", "00", order_type, "PO-1", "20260501", "", "", "", "SO-9", said_on)
    return [head, ("REF", "ZZ", "replenishment"), *(one for each in lines for one in each)]


def notice(*items: tuple[str, str], purpose: str = "00", level: tuple[Segment, ...] = ()) -> list[Segment]:
    told: list[Segment] = [("BSN", purpose, "SHP-1", "20260602", "1015"), ("DTM", "017", "20260613")]
    told += [("HL", "1", "", "S"), ("TD5", "B", "2", "FDEG"), ("REF", "2I", "1Z9"), *level]
    told += [("HL", "2", "1", "O"), ("PRF", "PO-1"), ("REF", "ZZ", "replenishment")]
    for number, (ref, units) in enumerate(items, start=3):
        told += [("HL", str(number), "2", "I"), ("LIN", "", "VN", "MUG"), ("SN1", "", units, "EA"), ("REF", "LI", ref)]
    return told


def confirmed(tmp_path: Path, kind: str, document: list[Segment]) -> list[dict[str, Any]]:
    found = chunk(tmp_path, sent((kind, document)))
    assert (found.rejections, set(found.accepted)) == ((), {"supplier_confirmations"})
    return rows(found, "supplier_confirmations")


def said(tmp_path: Path, *lines: list[Segment], **how: str) -> list[tuple[Any, ...]]:
    found = confirmed(tmp_path, "855", promised(*lines, **how))
    return [tuple(row[name] for name in SAID) for row in found]


def test_an_855_promises_a_quantity_and_a_day_for_each_part_of_a_line(tmp_path: Path) -> None:
    assert said(
        tmp_path,
        line(1, "whole"),
        line(2, "less", ("ACK", "IQ", "30", "EA", "067", "20260712")),
        line(3, "parts", ("ACK", "IA", "10", "EA"), ("DTM", "017", "20260712"),
             ("ACK", "IB", "30", "EA", "069", "20260801")),
        line(4, "later", ("ACK", "DR", "", "", "017", "20260720")),
        line(5, "sent", ("ACK", "IC", "40", "EA", "068", "20260709")),
    ) == [
        ("whole", 1, 40, None, "855 IA"),
        ("less", 1, 30, date(2026, 7, 12), "855 IQ"),
        ("parts", 1, 10, date(2026, 7, 12), "855 IA"),
        ("parts", 2, 30, date(2026, 8, 1), "855 IB"),
        ("later", 1, 40, date(2026, 7, 20), "855 DR"),
        ("sent", 1, 40, date(2026, 7, 9), "855 IC"),
    ]  # fmt: skip


def test_a_day_of_the_line_or_of_the_whole_order_is_that_of_its_parts_unless_they_have_their_own(
    tmp_path: Path,
) -> None:
    own = line(1, "own", ("DTM", "017", "20260711"), ("ACK", "IA", "40", "EA", "017", "20260712"))
    lines = line(2, "line", ("DTM", "017", "20260711"), ("ACK", "IA", "40", "EA"))
    document = promised(own, lines, line(3, "order"))
    document.insert(2, ("DTM", "017", "20260710"))
    found = confirmed(tmp_path, "855", document)
    assert [row["expected_date"].day for row in found] == [12, 11, 10]


def test_what_an_855_refuses_or_backorders_for_no_day_is_promised_at_nothing(tmp_path: Path) -> None:
    refused = [line(1, code, ("ACK", code, "40", "EA")) for code in ("IR", "ID", "IB", "R1", "IS")]
    assert [row[2] for row in said(tmp_path, *refused)] == [0] * 5
    whole = said(tmp_path, line(1, "a", ("ACK", "IA", "40", "EA")), line(2, "b"), order_type="RJ")
    assert whole == [("a", 1, 0, None, "855 RJ"), ("b", 1, 0, None, "855 RJ")]


def test_an_855_was_said_when_it_was_sent_or_on_the_day_it_bears_never_on_the_orders_own(tmp_path: Path) -> None:
    for day, instant in (("20260602", AT), ("", AT), ("20260528", datetime(2026, 5, 28, 12, tzinfo=UTC))):
        (row,) = confirmed(tmp_path, "855", promised(line(1, "a"), said_on=day))
        assert (row["effective_at"], row["supplier_id"], row["po_ref"]) == (instant, "WH-1", "PO-1")


def test_an_856_says_what_is_on_its_way_since_when_until_when_and_with_whom(tmp_path: Path) -> None:
    names = ("statement_ref", *SAID[:4], "shipped_date", "carrier", "tracking_ref", "effective_at")
    found = confirmed(tmp_path, "856", notice(("a", "20"), ("a", "10"), ("b", "5")))
    left, here = date(2026, 6, 2), date(2026, 6, 13)
    way = (here, left, "FDEG", "1Z9", datetime(2026, 6, 2, 10, 15, tzinfo=UTC))
    assert [tuple(row[name] for name in names) for row in found] == [
        ("SHP-1", "a", 1, 20, *way), ("SHP-1", "a", 2, 10, *way), ("SHP-1", "b", 1, 5, *way),
    ]  # fmt: skip
    (row,) = confirmed(
        tmp_path, "856", notice(("a", "1"), level=(("DTM", "011", "20260601"), ("DTM", "017", "20260615")))
    )
    assert (row["shipped_date"], row["expected_date"]) == (date(2026, 6, 1), date(2026, 6, 15))


def test_a_notice_that_is_taken_back_ships_nothing_and_has_to_name_its_lines(tmp_path: Path) -> None:
    (row,) = confirmed(tmp_path, "856", notice(("a", "20"), purpose="01"))
    assert (row["statement_ref"], row["quantity"]) == ("SHP-1", 0)
    found = chunk(tmp_path, sent(("856", notice(purpose="01"))))
    assert (found.accepted, ["no item" in one.reason for one in found.rejections]) == ({}, [True])
