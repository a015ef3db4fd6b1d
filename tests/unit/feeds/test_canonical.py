"""The canonical format: the contract's own columns, as CSV or Parquet, through one set of rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oms_core.contracts import LANDED
from oms_core.feeds import FeedDefinition, FileRefused, read

Definitions = dict[str, FeedDefinition]
Take = Callable[..., Any]
Write = Callable[[str, str | bytes], Path]

MOVEMENT = "movement_ref,line_ref,kind,sku,location_id,quantity,effective_at,business_date\n"


def test_optional_columns_may_be_absent_and_become_empty(definitions: Definitions, write: Write, take: Take) -> None:
    path = write(
        "stock_movements_2026-11-20.csv", MOVEMENT + "M1,1,receipt,A,DC,5,2026-11-20T10:00:00+01:00,2026-11-20\n"
    )
    (row,) = take(definitions["stock_movements"], path).rows["stock_movements"]
    assert set(row) == {*LANDED["stock_movements"].names, "row_number"}
    assert (row["quantity"], row["reason"], row["po_ref"]) == (5, None, None)
    assert row["effective_at"] == datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_a_required_column_may_not_be_absent(definitions: Definitions, write: Write) -> None:
    path = write("stock_movements_2026-11-20.csv", MOVEMENT.replace("kind,", ""))
    with pytest.raises(FileRefused, match=r"stock_movements_2026-11-20\.csv: the header lacks 'kind'"):
        list(read(definitions["stock_movements"], path, key=b"k"))


@pytest.mark.parametrize(
    ("feed", "values", "code"),
    [
        ("stock_movements", {"effective_at": "1970-01-01T00:00:00Z", "business_date": "1970-01-01"}, "too_old"),
        ("stock_movements", {"business_date": "2126-11-20"}, "day_of_another_time"),
        ("stock_movements", {"business_date": "2026-11-18"}, "day_of_another_time"),
        ("stock_movements", {"sku": "A\u200b"}, "control_character"),
        ("locations", {"timezone": "Europe/Berln"}, "unknown_zone"),
        ("locations", {"timezone": "localtime"}, "unknown_zone"),
        ("channels", {"currency": "eur"}, "unknown_currency"),
        ("purchase_orders", {"currency": "EURO"}, "unknown_currency"),
        ("order_events", {"amount_minor": "999999999999999999"}, "out_of_range"),
        ("lead_times", {"ordered_date": "1971-11-20"}, "implausible_lead_time"),
        ("lead_times", {"received_date": "2026-11-01"}, "received_before_ordered"),
        ("stock_movements", {"sku": " A ", "business_date": "2026-11-21"}, None),
        ("locations", {"timezone": "Pacific/Kiritimati"}, None),
        ("products", {"currency": "KZT", "effective_at": "1970-01-01T00:00:00Z", "business_date": "1970-01-01"}, None),
    ],
)
def test_one_row_that_would_stop_every_run_after_it_is_set_aside(
    definitions: Definitions, write: Write, take: Take, feed: str, values: dict[str, str], code: str | None
) -> None:
    by_type = {
        "string": "A",
        "bigint": "1",
        "boolean": "true",
        "date": "2026-11-20",
        "timestamp": "2026-11-20T10:00:00Z",
    }
    named = {"currency": "EUR", "timezone": "Europe/Berlin"}
    row = {
        column.name: named.get(column.name, column.allowed[0] if column.allowed else by_type[column.dtype])
        for column in LANDED[feed].columns
        if column.required
    }
    row |= values
    result = take(definitions[feed], write(f"{feed}_2026-11-20.csv", f"{','.join(row)}\n{','.join(row.values())}\n"))
    assert result.reasons == ([(1, code)] if code else [])
    assert {found.get("sku", "A") for rows in result.rows.values() for found in rows} == (set() if code else {"A"})


def test_values_keep_the_contract(definitions: Definitions, write: Write, take: Take) -> None:
    stamp = "2026-11-20T10:00:00+01:00,2026-11-20"
    lines = [f"M1,1,receipt,A,DC,5,{stamp}", f"M2,1,gift,A,DC,5,{stamp}", f"M3,1,receipt,A,DC,99999999,{stamp}"]
    result = take(definitions["stock_movements"], write("stock_movements_2026-11-20.csv", MOVEMENT + "\n".join(lines)))
    assert result.reasons == [(2, "not_allowed"), (3, "out_of_range")]
    assert "kind 'gift' is none of opening, receipt" in result.rejections[0].reason
    assert "quantity is 99,999,999 and must be at most 1,000,000" in result.rejections[1].reason


@pytest.mark.parametrize(
    ("movement", "reason_code"),
    [
        ("M1,1,receipt,A,DC,0,{stamp},", "nothing_moved"),
        ("M1,1,shipment,A,DC,-5,{stamp},", "negative_movement"),
        ("M1,1,transfer_out,A,DC,5,{stamp},", "transfer_without_other_end"),
        ("M1,1,transfer_in,A,DC,5,{stamp},DC", "transfer_to_itself"),
        ("M1,1,receipt,A,DC,5,{stamp},,,S-1", "serial_of_many"),
    ],
)
def test_a_movement_that_cannot_be_balanced_is_set_aside(
    definitions: Definitions, write: Write, take: Take, movement: str, reason_code: str
) -> None:
    header = MOVEMENT.replace("\n", ",counterparty_location_id,lot_ref,serial_ref\n")
    stamp = "2026-11-20T10:00:00+01:00,2026-11-20"
    good = f"M2,1,adjustment,A,DC,-1,{stamp},,L-07,S-1\nM3,1,transfer_out,A,DC,5,{stamp},ST,,\n"
    bad = movement.format(stamp=stamp)
    bad += "," * (header.count(",") - bad.count(","))
    path = write("stock_movements_2026-11-20.csv", f"{header}{bad}\n{good}")
    result = take(definitions["stock_movements"], path)
    assert result.reasons == [(1, reason_code)]
    assert [(row["movement_ref"], row["lot_ref"], row["serial_ref"]) for row in result.rows["stock_movements"]] == [
        ("M2", "L-07", "S-1"),
        ("M3", None, None),
    ]


def test_what_arrives_may_bear_its_senders_number_though_the_receiver_uses_it_itself(
    definitions: Definitions, write: Write, take: Take
) -> None:
    stamp = "2026-11-20T10:00:00+01:00,2026-11-20"
    legs = [("transfer_out", 5, "ST"), ("transfer_in", 6, "ST"), ("transfer_in", 7, "WH"), ("transfer_in", 8, "WH")]
    rows = "".join(f"M7,1,{kind},A,DC,{quantity},{stamp},{end}\n" for kind, quantity, end in legs)
    header = MOVEMENT.replace("\n", ",counterparty_location_id\n")
    result = take(definitions["stock_movements"], write("stock_movements_2026-11-20.csv", header + rows))
    assert [row["quantity"] for row in result.rows["stock_movements"]] == [5, 6, 7]
    assert result.reasons == [(4, "conflicting_key")]


RULES = "rule,supplier_id,channel_id,location_id,sku,value,effective_at,business_date\n"


@pytest.mark.parametrize(
    ("rule", "reason_code"),
    [
        ("supply_confidence,,,,,0.4", "rule_out_of_bounds"),
        ("channel_share,,,WH,,0.5", "rule_without_subject"),
        ("stale_days,,,,A,3", "rule_narrowed_in_vain"),
    ],
)
def test_a_rule_of_availability_says_something_that_can_be(
    definitions: Definitions, write: Write, take: Take, rule: str, reason_code: str
) -> None:
    stamp = "2026-11-20T10:00:00+01:00,2026-11-20"
    good = [f"channel_share,,web,WH,,0.5,{stamp}", f"channel_share,,web,,,0.2,{stamp}", f"stale_days,,,,,3,{stamp}"]
    path = write("availability_rules_2026-11-20.csv", RULES + "\n".join([f"{rule},{stamp}", *good]) + "\n")
    result = take(definitions["availability_rules"], path)
    assert result.reasons == [(1, reason_code)]
    assert [row["value"] for row in result.rows["availability_rules"]] == [0.5, 0.2, 3]


def test_parquet_and_csv_of_the_same_records_land_the_same(
    definitions: Definitions, write: Write, tmp_path: Path, take: Take
) -> None:
    table = pa.table(
        {
            "sku": ["A", "B"],
            "description": ["Lamp", "Ünïcode"],
            "category": ["home", "home"],
            "supplier_id": ["S1", "S1"],
            "unit_cost_minor": pa.array([100, 200], pa.int32()),
            "unit_price_minor": [200, 400],
            "currency": ["EUR", "EUR"],
            "pack_quantity": [1, 6],
            "is_active": [True, False],
            "effective_at": pa.array([datetime(2026, 11, 20, 5, tzinfo=UTC)] * 2, pa.timestamp("us", tz="UTC")),
            "business_date": [date(2026, 11, 20)] * 2,
        }
    )
    parquet = tmp_path / "products_2026-11-20.parquet"
    pq.write_table(table, parquet)
    lines = [
        "A,Lamp,home,S1,100,200,EUR,1,true,2026-11-20T05:00:00Z,2026-11-20",
        "B,Ünïcode,home,S1,200,400,EUR,6,false,2026-11-20T06:00:00+01:00,2026-11-20",
    ]
    csv = write("products_2026-11-20.csv", "\n".join([",".join(table.column_names), *lines]))
    assert take(definitions["products"], parquet).rows == take(definitions["products"], csv).rows


def test_a_naive_parquet_instant_is_set_aside(definitions: Definitions, tmp_path: Path, take: Take) -> None:
    at = datetime(2026, 11, 20, 5)  # noqa: DTZ001 - naive is the point
    record = {"channel_id": "x", "name": "X", "kind": "web", "currency": "EUR", "priority": 1, "effective_at": at}
    table = pa.Table.from_pylist([{**record, "business_date": at.date()}])
    path = tmp_path / "channels_2026-11-20.parquet"
    pq.write_table(table, path)
    assert take(definitions["channels"], path).reasons == [(1, "no_offset")]


def test_nested_parquet_columns_are_refused(definitions: Definitions, tmp_path: Path) -> None:
    path = tmp_path / "channels_2026-11-20.parquet"
    pq.write_table(pa.table({name: [[{"a": 1}]] for name in LANDED["channels"].names}), path)
    with pytest.raises(FileRefused, match=r"channels_2026-11-20\.parquet: it cannot be read"):
        list(read(definitions["channels"], path, key=b"k"))
