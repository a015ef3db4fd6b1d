"""Canonical columns against their contract, and from there to Arrow; keys that a file states more than once.

Belongs here: what every wire format's last step has in common. Does not belong here: the formats.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from oms_core.contracts import LANDED, Contract, row_conditions
from oms_core.feeds.rejections import Bad, Rejection
from oms_core.feeds.values.checks import check_value, earliest_of
from oms_core.feeds.values.coded import Coded
from oms_core.feeds.values.seen import SeenKeys

#: Record types of which a later record states anew what an earlier one stated. All others are events, and an
#: event cannot happen twice in two ways.
STATEMENTS = frozenset(
    {
        *("order_lines", "purchase_orders", "products", "locations", "suppliers", "channels"),
        *("substitutes", "availability_rules", "forecast_overrides", "planned_events"),
    }
)
_ROW_NUMBER = pa.field("row_number", pa.int64(), nullable=False)


def _landed_schema(record_type: str) -> pa.Schema:
    """The contract's columns and the record's number."""
    return LANDED[record_type].arrow_schema.append(_ROW_NUMBER)


def build_table(
    contract: Contract, columns: Mapping[str, Coded], row_numbers: np.ndarray, latest: datetime | None
) -> tuple[pa.Table, list[Rejection]]:
    """The rows that keep the contract, as a table of `_landed_schema`, and the others as rejections.

    `columns`: canonical columns by name, each of len(row_numbers); an optional one may be missing.
    """
    rejections: list[Rejection] = []
    is_good = np.ones(len(row_numbers), dtype=bool)
    checked: dict[str, Coded] = {}
    earliest = earliest_of(contract, latest)
    for column in contract.columns:
        coded = columns.get(column.name, Coded.constant(None, len(row_numbers)))
        values = [v if isinstance(v, Bad) else check_value(column, v, latest, earliest) for v in coded.values]
        checked[column.name] = Coded(values, coded.codes)
        for row, bad in checked[column.name].bad_rows():
            is_good[row] = False
            rejections.append(Rejection(int(row_numbers[row]), bad.reason_code, bad.reason, column.name))
    kept = np.flatnonzero(is_good)
    arrays = [checked[c.name].take(kept).to_arrow(c.arrow_type) for c in contract.columns]
    arrays.append(pa.array(row_numbers[kept], type=pa.int64()))
    table = pa.Table.from_arrays(arrays, schema=_landed_schema(contract.name))
    return _keep_conditions(table, contract, rejections), rejections


def _keep_conditions(table: pa.Table, contract: Contract, rejections: list[Rejection]) -> pa.Table:
    """The rows that keep every condition of the contract; the others are appended to the rejections."""
    is_good = np.ones(table.num_rows, dtype=bool)
    for condition in row_conditions(contract):
        is_broken = pc.fill_null(condition.is_broken(table), False).to_numpy(zero_copy_only=False)
        is_good &= ~is_broken
        broken = table["row_number"].to_numpy()[is_broken]
        rejections += [Rejection(int(number), condition.reason_code, condition.reason) for number in broken]
    return table if is_good.all() else table.filter(pa.array(is_good))


def repeated_keys(table: pa.Table, contract: Contract, seen: SeenKeys) -> np.ndarray:
    """Boolean per row: whether the file has stated the contract's key before. Remembers the keys."""
    texts = [table.column(name).cast(pa.string()) for name in contract.key]
    texts += [contract.key_within(table)] if contract.key_within else []
    joined = pc.binary_join_element_wise(*texts, "\x1f", null_handling="replace")
    return seen.count_before(joined.to_pylist()) > 0


def in_file_order(tables: list[pa.Table]) -> pa.Table:
    """Several rules' rows of one record type, by record number (a stable sort: lines of an order keep theirs)."""
    table = pa.concat_tables(tables)
    order = np.argsort(table.column("row_number").to_numpy(), kind="stable")
    return table.take(pa.array(order)) if len(tables) > 1 else table


def one_a_reason(rejections: list[Rejection]) -> tuple[Rejection, ...]:
    """At most one rejection a record and reason code, by record: the grain of the quarantine."""
    first: dict[tuple[int, str], Rejection] = {}
    for rejection in rejections:
        first.setdefault((rejection.row_number, rejection.reason_code), rejection)
    return tuple(sorted(first.values(), key=lambda rejection: rejection.row_number))
