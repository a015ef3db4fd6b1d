"""The 245 real days: every record is accounted for, and every rule agrees with a plain count of the source."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest

from oms_core.feeds import FeedDefinition, Totals, read, screen

SERVICE = re.compile(r"POST|DOT|C2|D|M|S|B|BANK CHARGES|AMAZONFEE|CRUK|PADS|gift_.*", re.IGNORECASE)
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
Take = Callable[..., Any]
Write = Callable[[str, str | bytes], Path]


def source_rows(folder: Path) -> Iterator[tuple[str, list[str]]]:
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            yield from ((path.name, row) for row in rows)


def plain_count(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """What the source says, counted without any of our code: records by outcome, and sums that must be kept."""
    counts, sums, seen = Counter[str](), Counter[str](), set[tuple[str, ...]]()
    for name, row in source_rows(folder):
        counts["records"] += 1
        if (key := (name, *row)) in seen:
            counts["duplicates"] += 1
            continue
        seen.add(key)
        invoice, code, _, quantity_text, _, price_text, customer, _ = row
        quantity, price = int(quantity_text), Decimal(price_text)
        if SERVICE.fullmatch(code):
            kind = "order_charges"
            sums["charges_minor"] += int((quantity * price * 100).to_integral_value(ROUND_HALF_UP))
        elif invoice.startswith("C"):
            kind = "order_adjustments"
            sums["cancelled"] += -quantity
        elif quantity < 0 or (price == 0 and not customer):
            kind = "stock_movements"
            sums["adjusted"] += quantity
        else:
            kind = "order_lines"
            sums["ordered"] += quantity
            sums["gross_minor"] += int(quantity * price * 100)
        counts[kind] += 1
    return counts, sums


def test_every_one_of_the_370931_records_is_accounted_for(
    definitions: dict[str, FeedDefinition], shared_data: Path
) -> None:
    folder = shared_data / "online_retail" / "by_day"
    definition, total, sums, customers = definitions["online_retail"], Totals(), Counter[str](), set[str | None]()
    for path in sorted(folder.glob("*.csv")):
        screening, of_file = screen(definition, path), Totals()
        for chunk in read(definition, path, key=b"k", screening=screening):
            of_file, total = of_file.plus(chunk), total.plus(chunk)
            for record_type, table in chunk.accepted.items():
                sums.update(sums_of(record_type, table))
                if record_type == "order_lines":
                    customers |= set(table["customer_key"].unique().to_pylist())
        assert of_file.records == screening.record_count
    counts, plain_sums = plain_count(folder)
    assert (total.records, total.duplicates, total.quarantined, total.superseded) == (370_931, 2_848, 0, 0)
    assert total.rows == {name: counts[name] for name in sorted(total.rows)}
    assert sum(total.rows.values()) + counts["duplicates"] == counts["records"] == total.records
    assert sums == plain_sums
    assert len(customers - {None}) == len(order_customers(folder))


def sums_of(record_type: str, table: Any) -> Counter[str]:
    if record_type == "order_lines":
        gross = pc.sum(pc.multiply(table["quantity"], table["unit_price_minor"])).as_py()
        return Counter(ordered=pc.sum(table["quantity"]).as_py(), gross_minor=gross)
    if record_type == "order_charges":
        return Counter(charges_minor=pc.sum(table["amount_minor"]).as_py())
    name = "cancelled" if record_type == "order_adjustments" else "adjusted"
    return Counter({name: pc.sum(table["quantity"]).as_py()})


def order_customers(folder: Path) -> set[str]:
    return {
        row[6]
        for _, row in source_rows(folder)
        if row[6] and not SERVICE.fullmatch(row[1]) and not row[0].startswith("C") and int(row[3]) > 0
    }


@pytest.mark.parametrize(
    ("row", "record_type", "expected"),
    [
        (
            "536365,85123a, HEART ,6,2011-07-01 08:26:00,2.5500000,17850.0,United Kingdom",
            "order_lines",
            {"sku": "85123A", "description": "HEART", "quantity": 6, "unit_price_minor": 255, "line_ref": "85123A-1"},
        ),
        (
            "547417,22062,BOWL,36,2011-03-23 10:25:00,0.0,13239.0,France",
            "order_lines",
            {"unit_price_minor": 0, "ship_to_country": "France", "ship_to_region": None, "line_status": "open"},
        ),
        (
            "C545478,85123A,HEART,-3,2011-03-03 11:08:00,2.55,16422.0,United Kingdom",
            "order_adjustments",
            {"kind": "cancelled", "quantity": 3, "location_id": "UK-DC", "order_ref": None, "unit_price_minor": 255},
        ),
        (
            "C545478,D,Discount,-720,2011-03-03 11:08:00,0.01,16422.0,United Kingdom",
            "order_charges",
            {"charge_code": "D", "amount_minor": -720},
        ),
        (
            "A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,United Kingdom",
            "order_charges",
            {"amount_minor": -1_106_206, "customer_key": None},
        ),
        (
            "550193,PADS,PADS TO MATCH ALL CUSHIONS,1,2011-04-15 09:27:00,0.001,13952.0,United Kingdom",
            "order_charges",
            {"amount_minor": 0},
        ),
        (
            "556691,23005,printing smudges/thrown away,-9600,2011-06-14 10:37:00,0.0,,United Kingdom",
            "stock_movements",
            {"kind": "adjustment", "quantity": -9600, "reason": "printing smudges/thrown away", "location_id": "UK-DC"},
        ),
        (
            "542504,37413,,5568,2011-01-28 12:03:00,0.0,,United Kingdom",
            "stock_movements",
            {"kind": "adjustment", "quantity": 5568, "reason": "unstated", "sku": "37413"},
        ),
    ],
)
def test_each_kind_of_row_means_what_the_definition_says(
    definitions: dict[str, FeedDefinition],
    write: Write,
    take: Take,
    row: str,
    record_type: str,
    expected: dict[str, Any],
) -> None:
    result = take(definitions["online_retail"], write("2011-09-30.csv", f"{HEADER}\n{row}\n"))
    (found,) = result.rows[record_type]
    assert {name: found[name] for name in expected} == expected


def test_british_summer_time_is_kept(definitions: dict[str, FeedDefinition], write: Write, take: Take) -> None:
    row = "536365,22062,HEART,6,2011-07-01 00:26:00,2.55,17850.0,United Kingdom"
    (line,) = take(definitions["online_retail"], write("2011-09-30.csv", f"{HEADER}\n{row}\n")).rows["order_lines"]
    assert line["effective_at"].isoformat() == "2011-06-30T23:26:00+00:00"
    assert line["business_date"].isoformat() == "2011-07-01"
