"""How a file is cut into chunks, blocks and lines changes nothing of what is read from it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oms_core.feeds import FeedDefinition, Totals, load_definition, read, screen

DEFINITIONS = Path(__file__).parents[2] / "oms_core" / "feeds" / "definitions"
RETAIL = load_definition(DEFINITIONS / "online_retail" / "online_retail.yaml")
SHOP = load_definition(DEFINITIONS / "demo" / "shopify_orders.yaml")
MARKET = load_definition(DEFINITIONS / "demo" / "marketplace_orders.yaml")
SLOW = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])

retail_rows = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "C3", "A4", "", " 1"]),
        st.sampled_from(["a", "A", "B1", "POST", "m", ""]),
        st.sampled_from(["", "lamp", '"a ""quoted"" one"', '"two\nlines"', "?"]),
        st.sampled_from(["1", "-1", "3", "0", "x", "9999999"]),
        st.sampled_from(["2011-01-04 10:00:00", "2011-03-27 01:30:00", "2012-01-01 00:00:00", "soon"]),
        st.sampled_from(["0", "0.0", "2.55", "-1", "0.001", ""]),
        st.sampled_from(["", "17850.0", "12346.0"]),
        st.sampled_from(["France", "EIRE", "too,many", ""]),
    ).map(",".join),
    max_size=40,
)


def read_all(definition: FeedDefinition, path: Path, chunk_records: int) -> tuple[Any, ...]:
    """Everything that reading yields: rows by type, rejections, totals."""
    rows: dict[str, list[Any]] = {}
    rejections, total = [], Totals()
    for chunk in read(definition, path, key=b"k", chunk_records=chunk_records):
        total = total.plus(chunk)
        rejections += list(chunk.rejections)
        for name, table in chunk.accepted.items():
            rows.setdefault(name, []).extend(table.to_pylist())
    return rows, rejections, (total.records, total.duplicates, total.superseded, total.quarantined, total.accepted)


def assert_chunks_do_not_matter(definition: FeedDefinition, name: str, content: str, chunk_records: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(content, encoding="utf-8", newline="")
        whole = read_all(definition, path, 1_000)
        assert read_all(definition, path, chunk_records) == whole
        rows, rejections, (records, duplicates, superseded, quarantined, accepted) = whole
        assert records == screen(definition, path).record_count
        assert min(duplicates, superseded, quarantined, accepted) >= 0
        landed = {row["row_number"] for table in rows.values() for row in table}
        assert landed.isdisjoint(rejection.row_number for rejection in rejections)
        assert len(landed) == accepted + superseded


@SLOW
@given(retail_rows, st.integers(1, 9), st.sampled_from(["\n", "\r\n"]))
def test_the_size_of_chunks_does_not_change_a_mapped_file(rows: list[str], chunk_records: int, end: str) -> None:
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    assert_chunks_do_not_matter(RETAIL, "2011-01-04.csv", end.join([header, *rows]), chunk_records)


@SLOW
@given(
    st.lists(
        st.tuples(st.sampled_from("12"), st.sampled_from(["new", "on_hold", "gone"]), st.sampled_from(["1", "2", "x"])),
        max_size=25,
    ),
    st.integers(1, 9),
)
def test_the_size_of_chunks_does_not_change_what_supersedes(
    rows: list[tuple[str, str, str]], chunk_records: int
) -> None:
    header = ";".join(column.name for column in MARKET.columns)
    at = "2026-11-20T10:00:00+01:00"
    lines = [f"M;{item};{status};{at};A;;{quantity};5;0;0;EUR;;;;{at}" for item, status, quantity in rows]
    assert_chunks_do_not_matter(MARKET, "marketplace_2026-11-20.csv", "\n".join([header, *lines]), chunk_records)


@SLOW
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "id": st.sampled_from([1, 2, None]),
                "created_at": st.sampled_from(["2026-11-20T10:00:00+01:00", "never"]),
                "currency": st.sampled_from(["EUR", "JPY"]),
                "note": st.text(max_size=5),
                "line_items": st.lists(
                    st.fixed_dictionaries(
                        {
                            "id": st.sampled_from([1, 2]),
                            "sku": st.text(max_size=3),
                            "quantity": st.integers(-1, 3),
                            "price": st.sampled_from(["1", "1.50", "-1"]),
                        }
                    ),
                    max_size=2,
                ),
            }
        ),
        max_size=12,
    ),
    st.integers(1, 5),
)
def test_the_size_of_chunks_does_not_change_a_shops_file(orders: list[dict[str, Any]], chunk_records: int) -> None:
    text = json.dumps({"orders": orders})
    assert_chunks_do_not_matter(SHOP, "orders_2026-11-20.json", text, chunk_records)
