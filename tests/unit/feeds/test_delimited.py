"""Delimited files: columns by name, bad records set aside one by one, the rest of the file goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oms_core.contracts import LANDED
from oms_core.feeds import FeedDefinition, FileRefused, read

Definitions = dict[str, FeedDefinition]
Files = Callable[..., Path]
Take = Callable[..., Any]


def refusal(definition: FeedDefinition, path: Path) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        list(read(definition, path, key=b"k"))
    assert path.name in str(caught.value)
    return caught.value


def test_a_sale_becomes_a_fulfilled_line_of_the_store(definitions: Definitions, pos_file: Files, take: Take) -> None:
    (line,) = take(definitions["pos_sales"], pos_file({"discount": "1.50"})).rows["order_lines"]
    assert tuple(line) == (*LANDED["order_lines"].names, "row_number")
    assert (line["channel_id"], line["order_ref"], line["line_ref"]) == ("pos", "R1", "1")
    assert (line["unit_price_minor"], line["discount_minor"], line["tax_minor"]) == (999, 150, 319)
    assert (line["fulfilment_method"], line["line_status"], line["location_id"]) == ("carry_out", "fulfilled", "ST-01")
    assert line["effective_at"].isoformat() == "2026-11-20T09:00:00+00:00"
    assert len(line["customer_key"]) == 16


def test_the_business_day_is_the_sources_own(definitions: Definitions, pos_file: Files, take: Take) -> None:
    path = pos_file({"sold_at": "2026-11-20T00:30:00+01:00"})
    (line,) = take(definitions["pos_sales"], path).rows["order_lines"]
    assert line["business_date"].isoformat() == "2026-11-20"
    assert line["effective_at"].isoformat() == "2026-11-19T23:30:00+00:00"


def test_a_negative_quantity_is_a_return_at_the_store(definitions: Definitions, pos_file: Files, take: Take) -> None:
    (back,) = take(definitions["pos_sales"], pos_file({"qty": -2})).rows["order_adjustments"]
    assert (back["kind"], back["quantity"], back["location_id"]) == ("returned", 2, "ST-01")
    assert back["order_ref"] is None


def test_a_marketplace_item_keeps_its_status_and_title(definitions: Definitions, write: Files, take: Take) -> None:
    header = ";".join(column.name for column in definitions["marketplace_orders"].columns)
    title, bought, changed = "Lamp, 4242 4242 4242 4242", "2026-11-20T10:00:00+01:00", "2026-11-20T11:00:00+01:00"
    row = f"MP-1;MI-1;{{}};{bought};a1;{title};3;5.00;1.00;2.00;EUR;B1;DE;SOUTH;{changed}"
    path = write("marketplace_2026-11-20.csv", "\n".join([header, row.format("on_hold"), row.format("cancelled")]))
    result = take(definitions["marketplace_orders"], path)
    held, cancelled = result.rows["order_lines"]
    assert (held["line_status"], cancelled["line_status"]) == ("held", "cancelled")
    assert (held["sku"], held["description"]) == ("A1", "Lamp, [card number removed]")
    assert (held["ship_to_country"], held["ship_to_region"]) == ("DE", "SOUTH")
    assert (result.totals.superseded, result.totals.accepted) == (1, 1)


def test_the_order_of_columns_is_free(definitions: Definitions, write: Files, pos_file: Files, take: Take) -> None:
    straight = pos_file({}, {"qty": 5})
    turned = [",".join(reversed(line.split(","))) for line in straight.read_text().splitlines()]
    path = write("pos_sales_turned_2026-11-20.csv", "\n".join(turned))
    assert take(definitions["pos_sales"], path).rows == take(definitions["pos_sales"], straight).rows


def test_a_byte_order_mark_and_bare_cr_change_nothing(
    definitions: Definitions, write: Files, pos_file: Files, take: Take
) -> None:
    plain = pos_file({}, {"qty": 5})
    path = write("pos_sales_mac_2026-11-20.csv", "\ufeff" + plain.read_text().replace("\n", "\r"))
    assert take(definitions["pos_sales"], path).rows == take(definitions["pos_sales"], plain).rows


def test_a_missing_column_is_refused_by_name(definitions: Definitions, write: Files, pos_file: Files) -> None:
    path = write("pos_sales_2026-11-21.csv", pos_file({}).read_text().replace("qty", "quantity"))
    refused = refusal(definitions["pos_sales"], path)
    assert refused.reason_code == "missing_columns"
    assert "lacks 'qty'" in str(refused)
    assert "'quantity'" in str(refused)


@pytest.mark.parametrize(("mark", "said"), [(";", '";"'), ("\t", r'"\t"')])
def test_a_file_parted_by_another_mark_is_refused_with_what_the_definition_has_to_say(
    mark: str, said: str, definitions: Definitions, write: Files, pos_file: Files, take: Take
) -> None:
    straight = pos_file({}, {"qty": 5})
    path = write("pos_sales_2026-11-21.csv", straight.read_text().replace(",", mark))
    refused = refusal(definitions["pos_sales"], path)
    assert f"parted by {said}: say `delimiter: {said}` in the definition" in str(refused)
    obeyed = replace(definitions["pos_sales"], delimiter=mark)
    assert take(obeyed, path).rows == take(definitions["pos_sales"], straight).rows


def test_an_unknown_column_is_refused_unless_it_is_ignored(
    definitions: Definitions, write: Files, pos_file: Files, take: Take
) -> None:
    lines = pos_file({}).read_text().splitlines()
    path = write("pos_sales_2026-11-21.csv", f"{lines[0]},till\n{lines[1]},7\n")
    refused = refusal(definitions["pos_sales"], path)
    assert refused.reason_code == "unknown_columns"
    assert "'till'" in str(refused)
    assert "ignore_columns" in str(refused)
    tolerant = (
        replace(definitions["pos_sales"], ignore_columns=frozenset({"till"})),
        replace(definitions["pos_sales"], ignores_extra_columns=True),
    )
    assert all(take(definition, path).totals.accepted == 1 for definition in tolerant)


def test_a_repeated_column_is_refused(definitions: Definitions, write: Files, pos_file: Files) -> None:
    path = write("pos_sales_2026-11-21.csv", pos_file({}).read_text().replace("discount,", "qty,"))
    assert refusal(definitions["pos_sales"], path).reason_code == "repeated_columns"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"qty": 0}, "zero_quantity", ""),
        ({"qty": "two"}, "not_an_integer", "qty"),
        ({"qty": "1.5"}, "not_an_integer", "qty"),
        ({"qty": "999999999"}, "out_of_range", "quantity"),
        ({"qty": "9" * 30}, "not_an_integer", "qty"),
        ({"qty": "-5000000"}, "out_of_range", "quantity"),
        ({"unit_price": "-1"}, "out_of_range", "unit_price_minor"),
        ({"unit_price": "99999999.00"}, "out_of_range", "unit_price_minor"),
        ({"unit_price": "1e9"}, "not_a_number", "unit_price"),
        ({"unit_price": "0.005"}, "finer_than_currency", "unit_price_minor"),
        ({"unit_price": ""}, "missing_value", "unit_price"),
        ({"currency": "EURO"}, "unknown_currency", "unit_price_minor"),
        ({"sold_at": "2026-11-22T10:00:00+01:00"}, "future_date", "effective_at"),
        ({"sold_at": "2026-11-20T10:00:00"}, "no_offset", "sold_at"),
        ({"sold_at": "20.11.2026"}, "not_an_instant", "sold_at"),
        ({"sold_at": "0001-01-01T00:00:00+14:00"}, "not_an_instant", "sold_at"),
        ({"sku": "  "}, "missing_value", "sku"),
        ({"sku": "A" * 201}, "too_long", "sku"),
        ({"sku": "A\x07B"}, "control_character", "sku"),
        ({"receipt_no": "R:1"}, "holds_colon", "order_ref"),
    ],
)
def test_a_bad_value_sets_its_record_aside_and_nothing_else(
    definitions: Definitions, pos_file: Files, take: Take, change: dict[str, Any], code: str, field: str
) -> None:
    result = take(definitions["pos_sales"], pos_file({}, change, {}))
    assert {(rejection.row_number, rejection.reason_code) for rejection in result.rejections} == {(2, code)}
    assert field in {rejection.field for rejection in result.rejections}
    assert [row["row_number"] for row in result.rows["order_lines"]] == [1, 3]
    assert (result.totals.accepted, result.totals.quarantined) == (2, 1)


def test_an_unknown_word_is_set_aside_with_the_known_ones(definitions: Definitions, write: Files, take: Take) -> None:
    header = ";".join(column.name for column in definitions["marketplace_orders"].columns)
    row = "MP-1;MI-1;lost;2026-11-20T10:00:00+01:00;A1;Lamp;3;5;0;0;EUR;B1;DE;S;2026-11-20T11:00:00+01:00"
    result = take(definitions["marketplace_orders"], write("marketplace_2026-11-20.csv", f"{header}\n{row}\n"))
    (rejection,) = result.rejections
    assert (rejection.reason_code, rejection.field) == ("not_allowed", "status")
    assert rejection.reason == "status 'lost' is none of new, cancelled, on_hold"


def test_ragged_records_are_set_aside(definitions: Definitions, write: Files, pos_file: Files, take: Take) -> None:
    lines = pos_file({}, {}, {}).read_text().splitlines()
    path = write("pos_sales_2026-11-21.csv", "\n".join([lines[0], lines[1], "R9,1", lines[3] + ",more"]))
    result = take(definitions["pos_sales"], path)
    assert result.reasons == [(2, "ragged_row"), (3, "ragged_row")]
    assert result.rejections[0].reason == "it has 2 fields, the header has 11"
    assert result.totals.accepted == 1


def test_an_exact_repetition_is_a_duplicate(
    definitions: Definitions, write: Files, pos_file: Files, take: Take
) -> None:
    text = pos_file({}, {"qty": 4}).read_text()
    path = write("pos_sales_2026-11-21.csv", text + text.splitlines()[1] + "\n")
    result = take(definitions["pos_sales"], path)
    assert (result.totals.records, result.totals.accepted, result.totals.duplicates) == (3, 2, 1)


def test_a_line_stated_anew_supersedes_and_both_statements_are_kept(
    definitions: Definitions, pos_file: Files, take: Take
) -> None:
    result = take(definitions["pos_sales"], pos_file({"receipt_no": "R"}, {"receipt_no": "R", "qty": 3}))
    assert [row["quantity"] for row in result.rows["order_lines"]] == [2, 3]
    assert (result.totals.accepted, result.totals.superseded) == (1, 1)


def test_an_event_that_contradicts_an_earlier_one_is_set_aside(
    definitions: Definitions, pos_file: Files, take: Take
) -> None:
    result = take(definitions["pos_sales"], pos_file({"receipt_no": "R", "qty": -1}, {"receipt_no": "R", "qty": -2}))
    assert result.reasons == [(2, "conflicting_key")]
    assert [row["quantity"] for row in result.rows["order_adjustments"]] == [1]


def test_no_personal_value_reaches_rows_or_reasons(definitions: Definitions, pos_file: Files, take: Take) -> None:
    secret = "Erika Mustermann"
    result = take(definitions["pos_sales"], pos_file({"customer_card": secret}, {"customer_card": secret, "qty": "x"}))
    assert secret not in repr(result)


def test_reasons_quote_at_most_80_characters_and_no_control_characters(
    definitions: Definitions, pos_file: Files, take: Take
) -> None:
    result = take(definitions["pos_sales"], pos_file({"qty": "x\x1b[31m" + "y" * 500}))
    reason = result.rejections[0].reason
    assert len(reason) < 140
    assert reason.isprintable()


def test_naughty_strings_are_landed_or_set_aside_but_never_lost(
    definitions: Definitions, write: Files, take: Take, shared_data: Path
) -> None:
    strings = json.loads((shared_data / "text" / "blns.json").read_text(encoding="utf-8"))
    header = ";".join(column.name for column in definitions["marketplace_orders"].columns)
    stamp = "2026-11-20T10:00:00+01:00"
    lines = [
        f'MP-{n};{n};new;{stamp};A1;"{text.replace(chr(34), chr(34) * 2)}";1;5;0;0;EUR;;DE;S;{stamp}'
        for n, text in enumerate(strings)
        if "\0" not in text
    ]
    path = write("marketplace_2026-11-20.csv", "\n".join([header, *lines]).encode("utf-8", "replace"))
    result = take(definitions["marketplace_orders"], path)
    assert result.totals.records == len(lines)
    assert result.totals.accepted == len(lines)
    assert all(row["description"] is None or "\n" not in row["description"] for row in result.rows["order_lines"])


def test_naughty_strings_as_identifiers_break_nothing(
    definitions: Definitions, write: Files, take: Take, shared_data: Path
) -> None:
    strings = json.loads((shared_data / "text" / "blns.json").read_text(encoding="utf-8"))
    lines = [
        f'C{n},"{s.replace(chr(34), chr(34) * 2)}",A1,1,2026-11-20T10:00:00Z,2026-11-20' for n, s in enumerate(strings)
    ]
    header = "count_ref,location_id,sku,counted_quantity,effective_at,business_date"
    path = write(
        "stock_counts_2026-11-20.csv", "\n".join([header, *lines]).replace("\0", "").encode("utf-8", "replace")
    )
    result = take(definitions["stock_counts"], path)
    codes = {rejection.reason_code for rejection in result.rejections}
    assert codes <= {"missing_value", "control_character", "too_long"}
    assert result.totals.accepted + result.totals.quarantined + result.totals.duplicates == len(strings)
