"""What the tests of feeds share: the shipped definitions, files to write, and a reader that takes a file whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from oms_core.feeds import FeedDefinition, Rejection, Totals, load_definitions, read, screen

DEFINITIONS = Path(__file__).parents[3] / "oms_core" / "feeds" / "definitions"
KEY = b"a secret of the tests"


@dataclass(frozen=True)
class Result:
    """A file as read: rows by record type, rejections, totals."""

    rows: dict[str, list[dict[str, Any]]]
    rejections: list[Rejection]
    totals: Totals

    @property
    def reasons(self) -> list[tuple[int, str]]:
        return [(rejection.row_number, rejection.reason_code) for rejection in self.rejections]


@pytest.fixture(scope="session")
def definitions() -> dict[str, FeedDefinition]:
    """Every shipped definition, by feed."""
    found: dict[str, FeedDefinition] = {}
    for group in ("canonical", "demo", "online_retail"):
        found |= load_definitions(DEFINITIONS / group)
    return found


@pytest.fixture
def take() -> Callable[..., Result]:
    """Reads a file whole and proves that its records add up to what its bytes hold."""

    def _take(definition: FeedDefinition, path: Path, **options: Any) -> Result:
        screening = screen(definition, path)
        chunks = list(read(definition, path, key=KEY, screening=screening, **options))
        rows: dict[str, list[dict[str, Any]]] = {}
        for chunk in chunks:
            for record_type, table in chunk.accepted.items():
                rows.setdefault(record_type, []).extend(table.to_pylist())
        totals = Totals.of(chunks)
        assert totals.records == screening.record_count
        return Result(rows, [rejection for chunk in chunks for rejection in chunk.rejections], totals)

    return _take


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Writes a file under its name; text as UTF-8, line ends as given."""

    def _write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


POS_HEADER = "receipt_no,line_no,store_id,sold_at,sku,qty,unit_price,discount,tax,currency,customer_card"


@pytest.fixture
def pos_file(write: Callable[[str, str | bytes], Path]) -> Callable[..., Path]:
    """A till's file of the given rows; each row changes some columns of a good sale."""

    def _file(*changes: dict[str, Any], name: str = "pos_sales_2026-11-20.csv") -> Path:
        lines = [POS_HEADER]
        for number, change in enumerate(changes, start=1):
            row = {
                "receipt_no": f"R{number}", "line_no": 1, "store_id": "ST-01", "sold_at": "2026-11-20T10:00:00+01:00",
                "sku": "SKU-1", "qty": 2, "unit_price": "9.99", "discount": "0", "tax": "3.19", "currency": "EUR",
                "customer_card": "C1", **change,
            }  # fmt: skip
            lines.append(",".join(str(value) for value in row.values()))
        return write(name, "\n".join(lines) + "\n")

    return _file


@pytest.fixture
def orders_file(write: Callable[[str, str | bytes], Path]) -> Callable[..., Path]:
    """A shop's file of the given orders; each changes some keys of a good one."""

    def _file(*changes: dict[str, Any], name: str = "orders_2026-11-20.json") -> Path:
        orders = [{**good_order(1000 + number), **change} for number, change in enumerate(changes, start=1)]
        return write(name, json.dumps({"orders": orders}))

    return _file


def good_order(order_id: int) -> dict[str, Any]:
    return {
        "id": order_id,
        "created_at": "2026-11-20T00:30:00+01:00",
        "updated_at": "2026-11-20T09:00:00+01:00",
        "currency": "EUR",
        "financial_status": "paid",
        "cancelled_at": None,
        "customer": {"id": 7, "first_name": "Erika", "last_name": "Mustermann"},
        "email": "erika@example.com",
        "shipping_address": {"country_code": "DE", "province_code": "BY", "address1": "Heidestr. 17"},
        "line_items": [
            {
                "id": order_id * 10,
                "sku": "sku-1 ",
                "title": "Lamp",
                "quantity": 2,
                "price": "19.99",
                "total_discount": "0",
            }
        ],
        "shipping_lines": [{"code": "STD", "title": "Standard", "price": "4.90"}],
    }
