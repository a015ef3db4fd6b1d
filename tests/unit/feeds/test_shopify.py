"""Shopify's orders become lines, charges and adjustments; one bad order never stops the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_core.feeds import FeedDefinition, FileRefused, read
from oms_core.feeds.shopify.order import share_out

Definitions = dict[str, FeedDefinition]
Files = Callable[..., Path]
Take = Callable[..., Any]
LINE = {"id": 1, "sku": "A", "title": "Lamp", "quantity": 2, "price": "10.00"}


def refusal(definition: FeedDefinition, path: Path) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        list(read(definition, path, key=b"k"))
    assert path.name in str(caught.value)
    return caught.value


def test_an_order_becomes_open_lines_and_a_shipping_charge(
    definitions: Definitions, orders_file: Files, take: Take
) -> None:
    result = take(definitions["shopify_orders"], orders_file({}))
    (line,), (charge,) = result.rows["order_lines"], result.rows["order_charges"]
    assert (line["channel_id"], line["order_ref"], line["line_ref"], line["sku"]) == ("web", "1001", "10010", "SKU-1")
    assert (line["quantity"], line["unit_price_minor"], line["line_status"]) == (2, 1999, "open")
    assert (line["ship_to_country"], line["ship_to_region"]) == ("DE", "BY")
    assert line["effective_at"].isoformat() == "2026-11-19T23:30:00+00:00"
    assert line["business_date"].isoformat() == "2026-11-20"
    assert line["updated_at"].isoformat() == "2026-11-20T08:00:00+00:00"
    assert (charge["charge_code"], charge["amount_minor"]) == ("STD", 490)


def test_shopifys_own_sample_order_is_read(definitions: Definitions, take: Take, shared_data: Path) -> None:
    result = take(definitions["shopify_orders"], shared_data / "connectors" / "shopify_rest" / "order.json")
    assert [line["sku"] for line in result.rows["order_lines"]] == ["IPOD2008GREEN", "IPOD2008RED", "IPOD2008BLACK"]
    # The order states 11.94 of tax as a whole: a third a line.
    assert [line["tax_minor"] for line in result.rows["order_lines"]] == [398, 398, 398]
    assert "Norman" not in repr(result)
    assert "hostmail" not in repr(result)


def test_no_name_mail_or_address_is_landed(definitions: Definitions, orders_file: Files, take: Take) -> None:
    landed = repr(take(definitions["shopify_orders"], orders_file({}, {"created_at": "soon"})))
    assert not any(secret in landed for secret in ("Erika", "Mustermann", "example.com", "Heidestr"))


def test_a_customer_without_id_is_known_by_mail_and_a_guest_is_none(
    definitions: Definitions, orders_file: Files, take: Take
) -> None:
    path = orders_file(
        {"customer": None}, {"customer": None, "email": " ERIKA@example.com"}, {"customer": None, "email": ""}
    )
    keys = [line["customer_key"] for line in take(definitions["shopify_orders"], path).rows["order_lines"]]
    assert keys[0] == keys[1] is not None
    assert keys[2] is None


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"financial_status": "pending"}, "held", "payment pending"),
        ({"financial_status": "voided"}, "cancelled", "payment voided"),
        ({"financial_status": "authorized"}, "open", None),
        ({"cancelled_at": "2026-11-20T09:00:00+01:00", "cancel_reason": "customer"}, "cancelled", "customer"),
    ],
)
def test_payment_and_cancellation_decide_the_status(
    definitions: Definitions, orders_file: Files, take: Take, change: dict[str, Any], status: str, reason: str | None
) -> None:
    (line,) = take(definitions["shopify_orders"], orders_file(change)).rows["order_lines"]
    assert (line["line_status"], line["status_reason"]) == (status, reason)


def test_discounts_and_taxes_are_exact_sums_of_their_parts(
    definitions: Definitions, orders_file: Files, take: Take
) -> None:
    line = {
        **LINE,
        "total_discount": "9.99",
        "discount_allocations": [{"amount": "0.10"}, {"amount": "0.20"}],
        "tax_lines": [{"price": "0.10"}, {"price": "0.20"}],
    }
    (row,) = take(definitions["shopify_orders"], orders_file({"line_items": [line]})).rows["order_lines"]
    assert (row["discount_minor"], row["tax_minor"]) == (30, 30)


def test_refunded_lines_are_cancelled_or_returned_by_their_restocking(
    definitions: Definitions, orders_file: Files, take: Take
) -> None:
    lines = [{**LINE, "id": 1}, {**LINE, "id": 2, "sku": "B", "fulfillment_status": "fulfilled"}]
    items = [
        {"id": 11, "line_item_id": 1, "quantity": 1, "restock_type": "cancel", "location_id": 5},
        {"id": 12, "line_item_id": 2, "quantity": 1, "restock_type": "return", "location_id": 5},
        {"id": 13, "line_item_id": 2, "quantity": 1, "restock_type": "no_restock", "location_id": None},
    ]
    refund = {
        "id": 99,
        "created_at": "2026-11-20T20:00:00+01:00",
        "refund_line_items": items,
        "order_adjustments": [{"kind": "shipping_refund", "amount": "-4.90"}],
    }
    definition = replace(definitions["shopify_orders"], constants={"channel_id": "web", "location_5": "WH-1"})
    result = take(definition, orders_file({"line_items": lines, "refunds": [refund]}))
    found = [(r["kind"], r["order_line_ref"], r["sku"], r["location_id"]) for r in result.rows["order_adjustments"]]
    assert found == [("cancelled", "1", "A", None), ("returned", "2", "B", "WH-1"), ("returned", "2", "B", None)]
    assert [c["amount_minor"] for c in result.rows["order_charges"]] == [490, -490]


def test_what_is_not_shipped_is_a_charge(definitions: Definitions, orders_file: Files, take: Take) -> None:
    lines = [LINE, {**LINE, "id": 2, "sku": "GIFT-CARD", "requires_shipping": False}]
    result = take(definitions["shopify_orders"], orders_file({"line_items": lines}))
    assert len(result.rows["order_lines"]) == 1
    assert result.rows["order_charges"][0]["charge_code"] == "GIFT-CARD"
    assert result.rows["order_charges"][0]["amount_minor"] == 2000


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"line_items": [LINE, {**LINE, "id": 2, "sku": ""}]}, "missing_value", "line 2 has no sku"),
        ({"line_items": [LINE, {**LINE, "quantity": 1.5}]}, "not_an_integer", "line 2: quantity '1.5'"),
        ({"line_items": [{**LINE, "quantity": -1}]}, "out_of_range", "quantity is -1 and must be at least 1"),
        ({"line_items": [{**LINE, "quantity": 10**20}]}, "out_of_range", "line 1: quantity"),
        ({"line_items": [{**LINE, "price": "1.999"}]}, "finer_than_currency", "line 1 price '1.999'"),
        ({"line_items": [{**LINE, "price": "-1.00"}]}, "out_of_range", "unit_price_minor is -100"),
        ({"line_items": [{**LINE, "price": None}]}, "missing_value", "line 1 has no price"),
        ({"line_items": []}, "no_lines", "no line_items"),
        ({"line_items": "none"}, "wrong_type", "line_items is no list"),
        ({"financial_status": "bartered"}, "unknown_value", "'bartered'"),
        ({"currency": "XXX"}, "unknown_currency", "ISO 4217"),
        ({"created_at": None}, "missing_value", "created_at"),
        ({"created_at": "2027-01-01T00:00:00Z"}, "future_date", "later than the file's arrival"),
        ({"id": None}, "missing_value", "id is missing"),
        ({"test": True}, "test_order", "marks it as a test"),
        (
            {"refunds": [{"id": 1, "created_at": "2026-11-20T10:00:00Z", "refund_line_items": [{"id": 1}]}]},
            "unknown_line",
            "",
        ),
    ],
)
def test_a_bad_line_sets_its_whole_order_aside_and_no_other(
    definitions: Definitions, orders_file: Files, take: Take, change: dict[str, Any], code: str, said: str
) -> None:
    result = take(definitions["shopify_orders"], orders_file({}, change, {}))
    assert result.reasons == [(2, code)]
    assert said in result.rejections[0].reason
    assert [row["row_number"] for row in result.rows["order_lines"]] == [1, 3]
    assert [row["row_number"] for row in result.rows["order_charges"]] == [1, 3]


def test_an_order_stated_twice_is_a_duplicate_or_supersedes(
    definitions: Definitions, orders_file: Files, take: Take
) -> None:
    path = orders_file({"id": 5}, {"id": 5}, {"id": 5, "financial_status": "voided"})
    content = json.loads(path.read_text())
    for order in content["orders"]:
        order["line_items"] = [LINE]
    path.write_text(json.dumps(content))
    totals = take(definitions["shopify_orders"], path).totals
    assert (totals.records, totals.duplicates, totals.superseded, totals.accepted) == (3, 1, 1, 1)


@pytest.mark.parametrize("text", ['[{"id": 1}]', '{"products": [{"id": 1}]}', '"orders"'])
def test_another_structure_is_refused(definitions: Definitions, write: Files, text: str) -> None:
    refused = refusal(definitions["shopify_orders"], write("orders_2026-11-20.json", text))
    assert refused.reason_code in ("unknown_structure", "invalid_json")


def test_broken_json_is_refused_with_its_record(definitions: Definitions, write: Files) -> None:
    refused = refusal(definitions["shopify_orders"], write("o.json", '{"orders": [{"id": 1}, {"id" 2}]}'))
    assert (refused.reason_code, refused.row_number) == ("invalid_json", 2)
    assert "Ask for the file again" in str(refused)


def test_a_second_list_beside_the_orders_is_noticed(definitions: Definitions, write: Files) -> None:
    text = json.dumps({"orders": [{"id": 1}], "more": [{"id": 2}]})
    assert refusal(definitions["shopify_orders"], write("o.json", text)).reason_code == "count_mismatch"


def test_a_byte_order_mark_is_accepted(definitions: Definitions, orders_file: Files, write: Files, take: Take) -> None:
    marked = write("orders_bom_2026-11-20.json", b"\xef\xbb\xbf" + orders_file({}).read_bytes())
    assert take(definitions["shopify_orders"], marked).totals.accepted == 1


def test_naughty_strings_are_landed_or_set_aside_but_never_lost(
    definitions: Definitions, orders_file: Files, take: Take, shared_data: Path
) -> None:
    strings = json.loads((shared_data / "text" / "blns.json").read_text(encoding="utf-8"))
    titles = [
        {"line_items": [{**LINE, "title": text}], "note": text, "email": text, "customer": None} for text in strings
    ]
    skus = [{"line_items": [{**LINE, "sku": text}]} for text in [*strings, "half \ud83d a pair"]]
    result = take(definitions["shopify_orders"], orders_file(*titles, *skus))
    assert result.totals.records == len(titles) + len(skus)
    assert {row["row_number"] for row in result.rows["order_lines"]} >= set(range(1, len(titles) + 1))
    assert {r.reason_code for r in result.rejections} <= {"missing_value", "control_character", "too_long"}


@given(st.integers(-10_000, 10_000), st.lists(st.integers(0, 1000), min_size=1, max_size=8))
def test_an_amount_is_shared_out_to_the_last_unit(total: int, weights: list[int]) -> None:
    shares = share_out(total, weights)
    base = sum(weights) or len(weights)
    exact = [total * (w if sum(weights) else 1) / base for w in weights]
    assert sum(shares) == total
    assert all(abs(share - wanted) <= 1 for share, wanted in zip(shares, exact, strict=True))
