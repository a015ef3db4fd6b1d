"""The trading partner answers what it is sent, in the ways it is told to, and says the same when asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from oms_core.feeds import FeedDefinition
from oms_core.feeds.reading import read
from oms_core.feeds.x12.envelope import Interchange, read_interchanges
from oms_core.feeds.x12.writing import Parties
from oms_core.fulfilment.documents import PURCHASE_ORDER, Document, DocumentLine, SupplyLine
from oms_core.fulfilment.partners import X12Profile
from oms_core.fulfilment.rendering import to_x12
from oms_core.fulfilment.transfer_notices import Departure, build_notices
from oms_core.twin.trading import Habits, replies

AT = datetime(2026, 6, 1, 14, tzinfo=UTC)
LINES = tuple(DocumentLine(n, "web", f"10{n:02d}", "a", f"SKU-{n}", "Thing", n) for n in range(1, 41))
EMITS = ("acknowledgements", "stock_movements", "order_events", "supplier_confirmations")
FEED = FeedDefinition("wh_x12", "x12", EMITS, constants={"partner_id": "WH-1"})


def asked(document: str = "940") -> Interchange:
    profile = X12Profile("004010", Parties(("ZZ", "US"), ("ZZ", "THEM")), document)
    (found,) = read_interchanges(to_x12(Document("WH-1", "WH-1", "2026-06-01-W1", AT, LINES), profile, 7))
    return found


def understood(tmp_path: Path, data: bytes) -> dict[str, list[dict[str, Any]]]:
    path = tmp_path / "reply.edi"
    path.write_bytes(data)
    (chunk,) = read(FEED, path, key=b"k", known_at=datetime(2026, 7, 1, tzinfo=UTC))
    assert chunk.quarantined == 0
    return {name: table.to_pylist() for name, table in chunk.accepted.items()}


@pytest.mark.parametrize(("document", "kinds"), [("940", ["997", "945"]), ("850", ["997", "855", "856"])])
def test_a_good_partner_takes_everything_and_ships_it_whole(tmp_path: Path, document: str, kinds: list[str]) -> None:
    said = replies(asked(document), Habits())
    sets = [read_interchanges(one.data)[0].groups[0].transactions for one in said]
    assert [transactions[0].kind for transactions in sets] == kinds
    assert understood(tmp_path, said[0].data)["acknowledgements"][0]["status"] == "accepted"
    shipped = understood(tmp_path, said[-1].data)
    assert {(r["order_ref"], r["sku"], r["quantity"]) for r in shipped["stock_movements"]} == {
        (line.order_ref, line.sku, line.quantity) for line in LINES
    }
    assert "order_events" not in shipped


def test_every_bad_habit_shows(tmp_path: Path) -> None:
    ours = asked()
    assert replies(ours, Habits(silent=1.0)) == []
    (refusal,) = replies(ours, Habits(rejected=1.0))
    assert understood(tmp_path, refusal.data)["acknowledgements"][0]["status"] == "rejected"
    assert [one.after_days for one in replies(ours, Habits(late=1.0))] == [1, 2]
    _, shipped, again = replies(ours, Habits(doubled=1.0))
    assert understood(tmp_path, shipped.data) == understood(tmp_path, again.data)
    assert read_interchanges(shipped.data)[0].control != read_interchanges(again.data)[0].control
    for share, first in ((0.0, "b-997"), (1.0, "d-shipped")):
        assert min(one.name for one in replies(ours, Habits(shuffled=share))).startswith(first)
    short = understood(tmp_path, replies(ours, Habits(short=1.0))[1].data)
    assert sum(r["quantity"] for r in short["stock_movements"]) == sum(line.quantity - 1 for line in LINES)
    assert [(r["event_type"], r["quantity"]) for r in short["order_events"]] == [("short_picked", 1)] * 40


def test_what_it_refuses_of_a_document_it_names_and_does_not_ship(tmp_path: Path) -> None:
    taken, shipped = replies(asked(), Habits(refused=0.2))
    whole, *refused = understood(tmp_path, taken.data)["acknowledgements"]
    assert (whole["document_ref"], whole["status"]) == ("7", "accepted")
    assert {one["status"] for one in refused} == {"rejected"}
    not_shipped = {LINES[int(one["document_ref"].partition("/")[2]) - 1].order_ref for one in refused}
    orders = {one["order_ref"] for one in understood(tmp_path, shipped.data)["stock_movements"]}
    assert orders == {line.order_ref for line in LINES} - not_shipped
    (refusal,) = replies(asked(), Habits(refused=1.0))
    assert [one["status"] for one in understood(tmp_path, refusal.data)["acknowledgements"]] == ["rejected"]


def test_some_lines_fall_short_and_the_same_ones_whenever_it_is_asked() -> None:
    habits = Habits(short=0.3)
    assert replies(asked(), habits) == replies(asked(), habits)
    assert replies(asked(), habits) != replies(asked(), replace(habits, seed=1))
    short = replies(asked(), habits)[1].data.count(b"W12*BP")
    assert 3 <= short <= 25


def test_what_is_announced_is_received_and_ends_the_transfer(tmp_path: Path) -> None:
    left = [Departure("TR-1", f"SHP-{sku}", "WH-2", "WH-1", sku, 3, "L-07", "") for sku in ("MUG", "CUP")]
    (notice,) = build_notices(left, {}, {}, AT)
    profile = X12Profile("005010", Parties(("ZZ", "US"), ("ZZ", "THEM")))
    (ours,) = read_interchanges(to_x12(notice, profile, 7))
    taken, received = replies(ours, Habits())
    assert understood(tmp_path, taken.data)["acknowledgements"][0]["document_ref"] == "7"
    names = ("kind", "location_id", "counterparty_location_id", "po_ref", "sku", "quantity")
    assert {tuple(r[name] for name in names) for r in understood(tmp_path, received.data)["stock_movements"]} == {
        ("transfer_in", "WH-1", "WH-2", "TR-1", sku, 3) for sku in ("MUG", "CUP")
    }
    short = replies(ours, Habits(short=1.0))[1]
    assert [r["quantity"] for r in understood(tmp_path, short.data)["stock_movements"]] == [2, 2]


def test_an_order_for_our_own_stock_is_promised_and_then_shipped_as_it_was_promised(tmp_path: Path) -> None:
    lines = tuple(
        SupplyLine(n, "replenishment", "PO-1", f"ref-{n}", f"SKU-{n}", "Thing", 40, 250, "EUR", "2026-06-20")
        for n in (1, 2)
    )
    order = Document("SUP", "WH-1", "PO-1", AT, lines, document_type=PURCHASE_ORDER)
    profile = X12Profile("004010", Parties(("ZZ", "US"), ("ZZ", "THEM")))
    (ours,) = read_interchanges(to_x12(order, profile, 7))
    names = ("line_ref", "kind", "quantity", "expected_date", "reason")
    for habits, units, due, code in (
        (Habits(), 40, date(2026, 6, 20), "IA"),
        (Habits(late=1.0), 40, date(2026, 6, 27), "DR"),
        (Habits(short=1.0, late=1.0, doubled=1.0), 39, date(2026, 6, 27), "IQ"),
    ):
        _, promised, *shipped = (understood(tmp_path, one.data) for one in replies(ours, habits))
        said = {tuple(row[name] for name in names) for row in promised["supplier_confirmations"]}
        assert said == {(f"ref-{n}", "promised", units, due, f"855 {code}") for n in (1, 2)}
        for one in shipped:
            assert set(one) == {"supplier_confirmations"}
            left = {tuple(row[name] for name in names) for row in one["supplier_confirmations"]}
            assert left == {(f"ref-{n}", "shipped", units, due, "856 00") for n in (1, 2)}
