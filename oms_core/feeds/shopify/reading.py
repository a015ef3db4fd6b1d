"""Shopify's REST order JSON, streamed: file to orders, orders to chunks.

Belongs here: the stream, the fate of one order among many. Does not belong here: an order's meaning
(`shopify_order`).

A record is an order. One bad line sets its whole order aside, because half an order must not ship; the file
goes on with the next.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

import ijson
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from oms_core.contracts import LANDED
from oms_core.feeds.chunks import Chunk
from oms_core.feeds.mapping.definition import FeedDefinition
from oms_core.feeds.rejections import FileRefused, Rejection, quoted
from oms_core.feeds.shopify.order import OrderRefused, OrderRows, order_rows
from oms_core.feeds.values.checks import FUTURE_ALLOWANCE
from oms_core.feeds.values.coded import Coded
from oms_core.feeds.values.emission import build_table, one_a_reason
from oms_core.feeds.values.seen import SeenKeys

#: Orders are read this many at a time at most: an order is some kilobytes, a CSV record some bytes.
_MAXIMUM_CHUNK_ORDERS = 10_000
_ROOTS = {"orders": "orders.item", "order": "order"}


def read_shopify(
    definition: FeedDefinition, path: Path, key: bytes, known_at: datetime | None, chunk_records: int
) -> Iterator[Chunk]:
    """The file's chunks. Raises FileRefused where it is no JSON of that shape."""
    reader = _Reader(definition, key, known_at)
    with path.open("rb") as file:
        orders, first = _orders(path.name, file), 1
        while batch := list(islice(orders, min(chunk_records, _MAXIMUM_CHUNK_ORDERS))):
            yield reader.chunk(batch, first)
            first += len(batch)


def _orders(file_name: str, file: IO[bytes]) -> Iterator[Any]:
    """The orders, one after the other."""
    count = 0
    try:
        start = _skip_bom(file)
        opening = [(event, value) for _, event, value in islice(ijson.parse(file), 2)]
        root = opening[-1][1] if [event for event, _ in opening] == ["start_map", "map_key"] else None
        if root not in _ROOTS:
            raise FileRefused(
                "unknown_structure",
                f"{file_name}: its first key is {quoted(root)}; an object with `orders` or `order` is wanted. "
                "Is it an order file?",
            )
        file.seek(start)
        for order in ijson.items(file, _ROOTS[str(root)]):
            count += 1
            yield order
    except (ijson.JSONError, ValueError) as error:
        detail = " ".join(str(error).split())[:80]
        raise FileRefused(
            "invalid_json",
            f"{file_name}: after record {count:,} it is no JSON ({quoted(detail)}). Ask for the file again.",
            count + 1,
        ) from error


def _skip_bom(file: IO[bytes]) -> int:
    start = 3 if file.read(3) == b"\xef\xbb\xbf" else 0
    return file.seek(start)


class _Reader:
    """Turns batches of one file's orders into chunks."""

    def __init__(self, definition: FeedDefinition, key: bytes, known_at: datetime | None) -> None:
        self.definition, self.key = definition, key
        self.latest = known_at + FUTURE_ALLOWANCE if known_at else None
        self._contents, self._orders = SeenKeys(), SeenKeys()

    def chunk(self, orders: Sequence[Any], first: int) -> Chunk:
        is_new = np.ones(len(orders), dtype=bool)
        if self.definition.drop_exact_duplicates:
            is_new = self._contents.count_before([_content(order) for order in orders]) == 0
        rejections: list[Rejection] = []
        parsed: list[tuple[int, OrderRows]] = []
        for position in np.flatnonzero(is_new).tolist():
            try:
                parsed.append((first + position, order_rows(orders[position], self.definition.constants, self.key)))
            except OrderRefused as error:
                rejections.append(Rejection(first + position, error.reason_code, str(error), error.field))
        tables = self._tables(parsed, rejections)
        rejected = {rejection.row_number for rejection in rejections}
        kept = [rows.order_ref for number, rows in parsed if number not in rejected]
        superseded = int((self._orders.count_before(kept) > 0).sum())
        duplicates = int((~is_new).sum())
        return Chunk(_without(tables, rejected), one_a_reason(rejections), len(orders), duplicates, superseded)

    def _tables(self, parsed: list[tuple[int, OrderRows]], rejections: list[Rejection]) -> dict[str, pa.Table]:
        by_type: dict[str, list[dict[str, Any]]] = defaultdict(list)
        numbers: dict[str, list[int]] = defaultdict(list)
        for number, rows in parsed:
            for record_type, row in rows.rows:
                if record_type in self.definition.emits:
                    by_type[record_type].append(row)
                    numbers[record_type].append(number)
        tables = {}
        for record_type, rows_of_type in sorted(by_type.items()):
            contract = LANDED[record_type]
            columns = {c.name: Coded.of([row.get(c.name) for row in rows_of_type]) for c in contract.columns}
            row_numbers = np.array(numbers[record_type], dtype=np.int64)
            tables[record_type], bad = build_table(contract, columns, row_numbers, self.latest)
            rejections += bad
        return tables


def _content(order: Any) -> str:
    return json.dumps(order, sort_keys=True, default=str)


def _without(tables: dict[str, pa.Table], rejected: set[int]) -> dict[str, pa.Table]:
    """The tables without rows of rejected orders, and without empty tables."""
    if rejected:
        bad = pa.array(sorted(rejected), type=pa.int64())
        tables = {name: t.filter(pc.invert(pc.is_in(t["row_number"], bad))) for name, t in tables.items()}
    return {name: table for name, table in tables.items() if len(table)}
