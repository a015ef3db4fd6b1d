"""A mapping's rules, as a user would write them for a channel of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from oms_core.feeds import load_definition

Take = Callable[..., Any]
Write = Callable[[str, str | bytes], Path]

CHANNEL = """
feed: shop
format: csv
delimiter: "|"
encoding: cp1252
emits: [order_lines, order_charges]
arrival: {at: "06:00"}
drop_exact_duplicates: false
columns:
  order: {type: text, clean: [strip, whole_number]}
  code: {type: text, clean: [collapse_blanks, upper]}
  pieces: {type: integer, required: false}
  price: {type: decimal}
  when: {type: instant, format: "%d.%m.%Y %H:%M", zone: Europe/Berlin}
  buyer: {type: text, required: false, personal: true, clean: [strip, lower]}
  express: {type: flag}
occurrence_in: [order, code]
shared:
  channel_id: {constant: shop}
  currency: {constant: EUR}
  order_ref: order
  line_ref: {template: "{code}/{occurrence}"}
  customer_key: {customer: buyer}
  effective_at: when
  updated_at: when
  business_date: {day_of: when}
rules:
  - when:
      any:
        - {column: code, in: [FEE, POSTAGE]}
        - all: [{column: price, less_than: 0}, {column: express, equals: true}]
    emit: order_charges
    fields: {charge_code: code, amount_minor: {minor_units: price, negate: true}}
  - when: {not: {column: order, matches: "[0-9]+"}}
    skip: order_of_another_system
  - when: {column: price, less_than: 0}
    quarantine: negative_price
  - when: {column: price, greater_than: 0}
    emit: order_lines
    fields:
      sku: code
      quantity: {column: pieces, abs: true, default: 1}
      unit_price_minor: {minor_units: price}
      discount_minor: {constant: 0}
      tax_minor: {constant: 0}
      fulfilment_method: {constant: ship}
      line_status: {constant: open}
"""
HEADER = "order|code|pieces|price|when|buyer|express"


def read_rows(write: Write, take: Take, *rows: str, **changes: Any) -> Any:
    path = write("shop.yaml", yaml.safe_dump({**yaml.safe_load(CHANNEL), **changes}))
    data = write("shop_2026-11-20.csv", "\n".join([HEADER, *rows]).encode(changes.get("encoding", "cp1252")))
    return take(load_definition(path), data)


def test_the_first_rule_that_holds_decides(write: Write, take: Take) -> None:
    result = read_rows(
        write,
        take,
        "1.0|a  1|2|5.00|19.11.2026 10:00|ERIKA |no",
        "1|fee|1|-0.50|19.11.2026 10:00||no",
        "1|x|1|-3|19.11.2026 10:00||yes",
        "1|x|1|-3|19.11.2026 10:00||no",
        "B7|x|1|3|19.11.2026 10:00||no",
        "1|x|1|0|19.11.2026 10:00||no",
    )
    assert [(row["order_ref"], row["sku"]) for row in result.rows["order_lines"]] == [("1", "A 1")]
    assert [row["amount_minor"] for row in result.rows["order_charges"]] == [50, 300]
    assert result.reasons == [(4, "negative_price"), (5, "skipped"), (6, "no_rule")]


def test_blanks_take_their_default_and_signs_are_dropped(write: Write, take: Take) -> None:
    result = read_rows(write, take, "1|a||5|19.11.2026 10:00||no", "2|a|-3|5|19.11.2026 10:00||no")
    assert [row["quantity"] for row in result.rows["order_lines"]] == [1, 3]


def test_equal_lines_are_told_apart_by_their_occurrence(write: Write, take: Take) -> None:
    row = "1|a|1|5|19.11.2026 10:00||no"
    result = read_rows(write, take, row, row, "2|a|1|5|19.11.2026 10:00||no", row)
    assert [line["line_ref"] for line in result.rows["order_lines"]] == ["A/1", "A/2", "A/1", "A/3"]
    assert result.totals.duplicates == 0


def test_dropped_duplicates_do_not_count_as_occurrences(write: Write, take: Take) -> None:
    row = "1|a|1|5|19.11.2026 10:00||no"
    result = read_rows(write, take, row, row, "1|a|2|5|19.11.2026 10:00||no", drop_exact_duplicates=True)
    assert [line["line_ref"] for line in result.rows["order_lines"]] == ["A/1", "A/2"]
    assert result.totals.duplicates == 1


def test_local_times_follow_their_zone_and_skipped_hours_are_set_aside(write: Write, take: Take) -> None:
    rows = [f"{n}|a|1|5|{at}||no" for n, at in enumerate(("28.03.2026 12:00", "29.03.2026 12:00", "29.03.2026 02:30"))]
    result = read_rows(write, take, *rows)
    instants = [line["effective_at"].isoformat() for line in result.rows["order_lines"]]
    assert instants == ["2026-03-28T11:00:00+00:00", "2026-03-29T10:00:00+00:00"]
    assert result.reasons == [(3, "skipped_hour")]


def columns(**changes: dict[str, str]) -> dict[str, Any]:
    stated = yaml.safe_load(CHANNEL)["columns"]
    return {name: {**column, **changes.get(name, {})} for name, column in stated.items()}


@pytest.mark.parametrize(
    ("form", "minor"),
    [
        ("1234,56", {"12,50": 1250, ",5": 50, "7": 700, "1.234": None, "12.50": None, "1,234,5": None, ",": None}),
        ("1.234,56", {"1.234,56": 123456, "1234,56": 123456, "1.234": 123400, "12.50": None, "1.23,4": None}),
        ("1 234,56", {"1 234,56": 123456, "1\u00a0234": 123400, "1 2": None}),
        ("1,234.56", {"1,234.56": 123456, "12,50": None}),
        ("1'234.56", {"1’234.5": 123450, "1'2": None}),
    ],
)
def test_numbers_are_read_as_their_format_says(write: Write, take: Take, form: str, minor: dict[str, int]) -> None:
    rows = [f"{n}|a|1|{price}|19.11.2026 10:00||no" for n, price in enumerate(minor)]
    options = {"encoding": "utf-8", "columns": columns(price={"format": form})}
    result = read_rows(write, take, *rows, **options)
    read = {int(line["order_ref"]): line["unit_price_minor"] for line in result.rows["order_lines"]}
    assert [read.get(number) for number in range(len(minor))] == list(minor.values())
    assert {code for _, code in result.reasons} == {"not_a_number"}


def test_whole_numbers_may_part_their_thousands(write: Write, take: Take) -> None:
    form = columns(pieces={"format": "1.234,56"})
    result = read_rows(write, take, "1|a|1.200|5|19.11.2026 10:00||no", "2|a|1,5|5|19.11.2026 10:00||no", columns=form)
    assert [line["quantity"] for line in result.rows["order_lines"]] == [1200]
    assert result.reasons == [(2, "not_an_integer")]


def test_a_thousand_is_not_taken_for_one(write: Write, take: Take) -> None:
    rows = [f"{n}|a|{pieces}|5|19.11.2026 10:00||no" for n, pieces in enumerate(("1.0", "1.000", "6.0000"))]
    pieces = [line["quantity"] for line in read_rows(write, take, *rows).rows["order_lines"]]
    assert pieces == [1, 6]
    german = read_rows(write, take, *rows[1:2], columns=columns(pieces={"format": "1.234,56"}))
    english = read_rows(write, take, *rows[1:2], columns=columns(pieces={"format": "1234.56"}))
    assert [r.rows["order_lines"][0]["quantity"] for r in (german, english)] == [1000, 1]


def test_days_are_read_as_their_format_says(write: Write, take: Take) -> None:
    days = columns(express={"type": "day", "format": "%d.%m.%Y"})
    rules = [{**yaml.safe_load(CHANNEL)["rules"][-1], "when": {"column": "pieces", "greater_than": 0}}]
    rules[0]["fields"]["promised_date"] = "express"
    rows = [f"{n}|a|1|5|19.11.2026 10:00||{day}" for n, day in enumerate(("24.12.2026", "2026-12-24", "31.02.2026"))]
    result = read_rows(write, take, *rows, columns=days, rules=rules)
    assert [line["promised_date"].isoformat() for line in result.rows["order_lines"]] == ["2026-12-24"]
    assert result.reasons == [(2, "not_a_day"), (3, "not_a_day")]


def test_a_declared_encoding_is_read(write: Write, take: Take) -> None:
    (line,) = read_rows(write, take, "1|größe|1|5|19.11.2026 10:00||no").rows["order_lines"]
    assert line["sku"] == "GRÖSSE"


def test_every_fault_of_a_record_is_told_and_the_record_counted_once(write: Write, take: Take) -> None:
    result = read_rows(write, take, "1|a|many|dear|yesterday|Erika|perhaps")
    assert {code for _, code in result.reasons} == {"not_an_integer", "not_a_number", "not_an_instant", "not_a_flag"}
    assert result.totals.quarantined == 1
    assert "Erika" not in repr(result)
