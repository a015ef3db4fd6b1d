"""The hidden truth: what really happened, for tests and back-tests only. Nothing in the product may read it.

Belongs here: its tables (one Parquet file a period) and its list of planted dirt (JSON).
Does not belong here: anything that counterparts would state (`files`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from oms_core.arrays import Ints
from oms_core.twin.book import DayBook
from oms_core.twin.demand import DayDemand
from oms_core.twin.network import Network
from oms_core.twin.state import NetworkState

_DAY, _KEY = ("business_date", pa.date32()), pa.dictionary(pa.int32(), pa.string())
_PLACE = [_DAY, ("location_id", _KEY), ("sku", _KEY)]
TABLES = {
    "demand": pa.schema(
        [_DAY, ("channel_id", _KEY), *_PLACE[1:], ("qty_demand", pa.int64()), ("qty_lost", pa.int64())]
    ),
    "on_hand": pa.schema([*_PLACE, ("qty_on_hand", pa.int64()), ("qty_uncounted_loss", pa.int64())]),
    "shrinkage": pa.schema([*_PLACE, ("quantity", pa.int64())]),
    "promotions": pa.schema([_DAY, ("sku", _KEY)]),
}


class PeriodTruth:
    """Truth files of one period, appended day by day."""

    def __init__(self, folder: Path, period: str, network: Network) -> None:
        self._folder, self._period, self._network = folder, period, network
        self._skus = pa.array(network.items.skus)
        self._locations = pa.array(network.location_ids)
        channels = [cell.channel for cell in network.cells]
        self._channels = pa.array(sorted(set(channels)))
        self._cell_channel = np.array([sorted(set(channels)).index(c) for c in channels])
        self._cell_location = np.array([cell.location for cell in network.cells])
        self._writers: dict[str, pq.ParquetWriter] = {}

    def write(self, state: NetworkState, book: DayBook, demand: DayDemand, lost: Ints) -> None:
        """Append a day. `lost`: units lost, cell × SKU [C, S]."""
        day = book.clock.day
        wanted = np.zeros_like(lost)
        np.add.at(wanted, (demand.cell, demand.sku), demand.quantity)
        cell, sku = np.nonzero(wanted)
        channel = self._key(self._cell_channel[cell], self._channels)
        place = [self._key(self._cell_location[cell], self._locations), self._key(sku, self._skus)]
        self._append("demand", day, [channel, *place, wanted[cell, sku], lost[cell, sku]])
        row, sku = np.nonzero(self._network.is_carried)
        place = [self._key(row, self._locations), self._key(sku, self._skus)]
        self._append(
            "on_hand", day, [*place, state.on_hand[row, sku] + state.blocked[row, sku], state.uncounted_loss[row, sku]]
        )
        losses = np.array(book.shrinkage, dtype=np.int64).reshape(-1, 3)
        place = [self._key(losses[:, 0], self._locations), self._key(losses[:, 1], self._skus)]
        self._append("shrinkage", day, [*place, losses[:, 2]])
        self._append("promotions", day, [self._key(np.flatnonzero(demand.is_promoted), self._skus)])

    @staticmethod
    def _key(indices: Any, words: pa.Array) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(pa.array(indices, type=pa.int32()), words)

    def _append(self, table: str, day: date, columns: Sequence[Any]) -> None:
        schema = TABLES[table]
        days = pa.array([day] * len(columns[0]), type=pa.date32())
        batch = pa.record_batch([days, *[pa.array(column) for column in columns]], schema=schema)
        if table not in self._writers:
            path = self._folder / table / f"{self._period}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writers[table] = pq.ParquetWriter(path, schema)
        self._writers[table].write_batch(batch)

    def close(self, dirt: list[dict[str, Any]]) -> None:
        """Finish the period's files and write its list of dirt."""
        for writer in self._writers.values():
            writer.close()
        self._writers = {}
        path = self._folder / "dirt" / f"{self._period}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dirt, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_items(network: Network, folder: Path) -> None:
    """The latent facts of each SKU: class, growth a year, first day with demand, who holds it."""
    items = network.items
    columns = {
        "sku": list(items.skus),
        "item_class": list(items.classes),
        "trend_per_year": items.trend,
        "launch_day": items.launch,
        "units_per_day": (network.line_rate * (1 + items.extra_quantity)).sum(axis=0),
        "is_drop_shipped": items.is_drop_shipped,
    }
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), folder / "items.parquet")


def read_truth(folder: Path, table: str) -> pa.Table:
    """One truth table over all periods, by day. Raises KeyError for an unknown table."""
    schema = TABLES[table]
    plain = pa.schema([(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in schema])
    parts = [pq.read_table(path).cast(plain) for path in sorted((folder / table).glob("*.parquet"))]
    return pa.concat_tables(parts) if parts else plain.empty_table()


def read_dirt(folder: Path) -> list[dict[str, Any]]:
    """The planted dirt of all periods, oldest first."""
    found: list[dict[str, Any]] = []
    for path in sorted((folder / "dirt").glob("*.json")):
        found.extend(json.loads(path.read_text(encoding="utf-8")))
    return found
