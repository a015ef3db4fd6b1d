"""What a gate says of a batch: which file breaks the contract, in which column, at which record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from oms_core.contracts import LANDED
from oms_core.feeds import load_definitions
from pipelines.home import PROFILES, Home, create_home
from pipelines.reception.gates import check_batch

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
_VALUES: dict[str, Any] = {
    "string": "x", "bigint": 1, "double": 1.0, "boolean": True, "timestamp": AT, "date": AT.date(),
}  # fmt: skip


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({}, None),
        ({"promised_date": None}, None),
        ({"sku": None}, "expect_column_values_to_not_be_null failed for order_lines.sku at record 2."),
        ({"quantity": None}, "expect_column_values_to_not_be_null failed for order_lines.quantity at record 2."),
        ({"line_status": "lost"}, "expect_column_values_to_be_in_set failed for order_lines.line_status at record 2."),
        ({"quantity": -1}, "expect_column_values_to_be_between failed for order_lines.quantity at record 2."),
    ],
)
def test_a_gate_names_the_file_column_and_record_that_break_the_contract(
    home: Home, broken: dict[str, Any], reason: str | None
) -> None:
    contract = LANDED["order_lines"]
    good = {column.name: (column.allowed or [_VALUES[column.dtype]])[0] for column in contract.columns}
    rows = [{"file_sha256": "one"}, {"file_sha256": "two", **broken}]
    fields = [*contract.arrow_schema, pa.field("file_sha256", pa.string()), pa.field("row_number", pa.int64())]
    schema = pa.schema([pa.field(field.name, field.type) for field in fields])
    numbered = [good | row | {"row_number": number} for number, row in enumerate(rows, start=1)]
    table = pa.Table.from_pylist(numbered, schema)
    definition = load_definitions(home.feeds)["pos_sales"]
    found = check_batch(definition, {"order_lines": table}, {})
    assert found == ({"two": reason} if reason else {})


@pytest.fixture
def home(tmp_path: Any) -> Home:
    made = Home(tmp_path / "home")
    create_home(made, PROFILES["demo"], {})
    return made
