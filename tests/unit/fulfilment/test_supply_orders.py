"""Accepted proposals as documents: who gets which, what they say in every form, and what of them is landed."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from oms_core.contracts import LANDED
from oms_core.feeds.x12.envelope import read_interchanges
from oms_core.fulfilment.documents import Document, DocumentLine, parse_document
from oms_core.fulfilment.partners import Partners, PartnersError, read_partners
from oms_core.fulfilment.rendering import render, to_x12
from oms_core.fulfilment.supply_orders import build_orders, supply_lines, to_statements
from oms_core.replenishment.proposing.deciding import Decision, Proposal

AT = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
BUY = Proposal(
    "r1", "run-1", "purchase", "MUG", "WH-1", "SUP-1", None, 60, 12, 30, 1250, "EUR", date(2026, 6, 9), 0
)  # fmt: skip
MOVE = replace(BUY, proposal_ref="m1", kind="transfer", supplier_id=None, from_location_id="WH-2", quantity=7)
PROFILES = read_partners("""
partners:
  SUP-1: {forms: [x12, json, csv], lines_per_order: 2, x12: {version: "004010", sender: ZZ/US, receiver: ZZ/SUP}}
  WH-2: {forms: [x12], x12: {version: "004010", sender: ZZ/US, receiver: ZZ/WH, document: "850"}}
""")


def accepted(proposal: Proposal, number: int = 1, quantity: int | None = None) -> Decision:
    return Decision(number, proposal, "accepted", quantity or proposal.quantity, "Ada", "", AT)


def build(*decisions: Decision, partners: Partners | None = None) -> tuple[Document, ...]:
    return build_orders(decisions, {"MUG": "Mug, größe L"}, partners or Partners(), AT)


def test_purchases_are_joined_by_supplier_location_and_currency_and_transfers_by_pair() -> None:
    others = (
        replace(BUY, proposal_ref="r2", sku="CUP"),
        replace(BUY, proposal_ref="r3", location_id="ST-1"),
        replace(BUY, proposal_ref="r4", supplier_id="SUP-2"),
        replace(BUY, proposal_ref="r5", currency="USD"),
        MOVE,
        replace(MOVE, proposal_ref="m2", sku="CUP"),
        replace(MOVE, proposal_ref="m3", location_id="ST-1"),
    )
    made = build(*(accepted(one, number) for number, one in enumerate((BUY, *others), start=1)))
    said = [
        (one.document_type, one.partner_id, one.location_id, one.ship_to_location_id, [x.line_ref for x in one.lines])
        for one in made
    ]
    assert said == [
        ("purchase_order", "SUP-1", "ST-1", "", ["r3"]),
        ("purchase_order", "SUP-1", "WH-1", "", ["r2", "r1"]),
        ("purchase_order", "SUP-1", "WH-1", "", ["r5"]),
        ("purchase_order", "SUP-2", "WH-1", "", ["r4"]),
        ("transfer_order", "WH-2", "WH-2", "ST-1", ["m3"]),
        ("transfer_order", "WH-2", "WH-2", "WH-1", ["m2", "m1"]),
    ]
    assert len({one.wave for one in made}) == len(made)
    assert all(one.wave == one.lines[0].order_ref and len(one.wave) <= 22 for one in made)


def test_a_profile_limits_the_lines_of_an_order() -> None:
    five = [accepted(replace(BUY, proposal_ref=f"r{n}", sku=f"S{n}"), n) for n in range(1, 6)]
    assert [len(one.lines) for one in build(*five, partners=PROFILES)] == [2, 2, 1]
    assert [len(one.lines) for one in build(*five)] == [5]
    with pytest.raises(PartnersError, match="lines_per_order"):
        read_partners("partners: {SUP: {lines_per_order: 0}}")


def test_the_same_acceptances_are_the_same_document_and_any_other_is_another() -> None:
    one, two = accepted(BUY, 1), accepted(replace(BUY, proposal_ref="r2", sku="CUP"), 2)
    (made,) = build(one, two)
    assert build(two, one) == (made,)
    assert build(one, replace(two, quantity=72))[0].export_id != made.export_id
    assert build(replace(one, decision_number=9), two)[0].wave != made.wave
    assert parse_document(made.json_bytes) == made


def test_a_purchase_order_says_quantity_cost_and_date_in_every_form() -> None:
    (made,) = build(accepted(BUY, quantity=36))
    sheet, x12, canonical = render(made, PROFILES.of("SUP-1"), 4)
    assert canonical.data == made.json_bytes
    header, line, trailer = csv.reader(io.StringIO(sheet.data.decode()))
    said = dict(zip(header, line, strict=True))
    assert (said["wave"], said["location_id"], said["sku"], said["quantity"]) == (made.wave, "WH-1", "MUG", "36")
    assert (said["unit_cost_minor"], said["currency"], said["expected_date"]) == ("1250", "EUR", "2026-06-09")
    assert trailer[:3] == ["TRAILER", "1", "36"]
    (interchange,) = read_interchanges(x12.data)
    (group,) = interchange.groups
    (order,) = group.transactions
    assert (group.kind, order.kind, interchange.errors, group.errors, order.errors) == ("PO", "850", (), (), ())
    assert list(order.segments) == [
        ("BEG", "00", "SA", made.wave, "", "20260601"),
        ("CUR", "BY", "EUR"),
        ("REF", "ZZ", "replenishment"),
        ("REF", "DO", made.export_id[:30]),
        ("N1", "ST", "WH-1", "92", "WH-1"),
        ("PO1", "1", "36", "EA", "12.50", "PE", "VN", "MUG"),
        ("PID", "F", "", "", "", "Mug, gr??e L"),
        ("REF", "LI", "r1"),
        ("DTM", "002", "20260609"),
        ("CTT", "1", "36"),
    ]


@pytest.mark.parametrize(("currency", "price"), [("JPY", "1250"), ("KWD", "1.250"), ("EUR", "12.50")])
def test_a_price_is_in_its_currencys_major_unit(currency: str, price: str) -> None:
    (made,) = build(accepted(replace(BUY, currency=currency)))
    assert f"*EA*{price}*PE*".encode() in to_x12(made, _x12("SUP-1"), 1)


def test_a_currency_that_x12_cannot_say_holds_the_document() -> None:
    (made,) = build(accepted(replace(BUY, currency="XXX")))
    with pytest.raises(ValueError, match="XXX is no currency"):
        to_x12(made, _x12("SUP-1"), 1)


def test_a_transfer_is_a_940_to_the_place_that_sends_even_if_customers_orders_are_850s_there() -> None:
    (made,) = build(accepted(MOVE))
    (interchange,) = read_interchanges(to_x12(made, _x12("WH-2"), 1))
    (order,) = interchange.groups[0].transactions
    assert (order.kind, order.segments[0]) == ("940", ("W05", "N", made.wave, made.wave))
    assert [one[:5] for one in order.segments if one[0] == "N1"] == [
        ("N1", "WH", "WH-2", "92", "WH-2"),
        ("N1", "ST", "WH-1", "92", "WH-1"),
    ]


def test_every_line_is_landed_with_where_it_goes_and_what_it_costs() -> None:
    made = build(accepted(BUY), accepted(MOVE, 2))
    table = to_statements(made, {made[1].export_id: 7}, "open", "run-2", AT, AT.date())
    assert table.schema == LANDED["supply_orders"].arrow_schema
    names = ("order_ref", "control_number", "line_ref", "partner_id", "from_location_id", "location_id", "quantity")
    assert [tuple(row[name] for name in names) for row in table.to_pylist()] == [
        (made[0].wave, None, "r1", "SUP-1", None, "WH-1", 60),
        (made[1].wave, 7, "m1", "WH-2", "WH-2", "WH-1", 7),
    ]


def test_a_warehouse_order_orders_no_supply() -> None:
    line = DocumentLine(1, "web", "1", "1", "MUG", "", 1)
    with pytest.raises(TypeError, match="orders no supply"):
        supply_lines(Document("WH-1", "WH-1", "2026-06-01-W1", AT, (line,)))


def _x12(partner_id: str):  # type: ignore[no-untyped-def]
    profile = PROFILES.of(partner_id).x12
    assert profile is not None
    return profile
