"""The twin at work in a home: the demo network's next day, or stock for a channel that has no stock feed.

Belongs here: where the twin reads and writes. Does not belong here: the simulation (`oms_core.twin`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from oms_core.contracts import LANDED, LINEAGE
from oms_core.fulfilment.documents import WAREHOUSE_ORDER, read_document
from oms_core.twin import (
    NetworkSpec,
    SupplySpec,
    TwinHome,
    last_simulated_day,
    simulate_day,
    simulate_history,
    simulate_supply,
)
from pipelines.home import Home
from pipelines.log import Log


def _twin_home(home: Home) -> TwinHome:
    """The twin's folders in a home; what it writes comes in by the inbox, like anybody's files."""
    return TwinHome(inbox=home.inbox, state_dir=home.twin / "state", truth_dir=home.twin / "truth")


def _network_spec(home: Home) -> NetworkSpec:
    """The demo network's spec from the home's configuration."""
    chosen = home.config.get("twin_parameters", {})
    names = {"seed": "seed", "skus": "sku_count", "months": "months", "lines_per_day": "lines_per_day"}
    spec = NetworkSpec(**{names[name]: value for name, value in chosen.items() if name in names})
    return replace(spec, names_replenishers=_follows_orders(home))


def advance_network(home: Home, progress: Callable[[str], None]) -> date:
    """Write the network's whole history the first time, one business day more every other time; the last day."""
    spec, folders = _network_spec(home), _twin_home(home)
    stands_at = last_simulated_day(spec, folders)
    if stands_at is None:
        report = simulate_history(spec, folders, progress=lambda done, days: progress(f"day {done} of {days}"))
        return report.last_day
    tomorrow = stands_at + timedelta(days=1)
    progress(f"{tomorrow}")
    documents = _documents(home)
    shipped = [document for document in documents if document["document_type"] == WAREHOUSE_ORDER]
    simulate_day(spec, folders, tomorrow, shipped, documents if _follows_orders(home) else None)
    return tomorrow


def _documents(home: Home) -> list[dict[str, Any]]:
    """What our partners find in the outbox, as they read it."""
    documents = [read_document(path) for path in sorted(home.outbox.glob("*/*.json"))]
    return [{"export_id": document.export_id, **document.payload} for document in documents]


def _follows_orders(home: Home) -> bool:
    """Whether the network's suppliers and places go by our purchase and transfer orders. Where they do not, its own
    buyers go on as in history, and our orders are left lying."""
    return bool(home.config.get("twin_parameters", {}).get("follows_orders", False))


def supply_stock(home: Home) -> None:
    """Let the twin answer the orders landed so far with products, opening stock, purchases and shipments.

    It goes through all days and writes those that it has not written before.
    """
    log = Log(home.landing)
    lines = _landed(log, "order_lines")
    until = lines["business_date"].max()
    note = home.twin / "supplied_until"
    written = date.fromisoformat(note.read_text(encoding="utf-8")) if note.exists() else None
    simulate_supply(
        lines,
        _landed(log, "order_adjustments"),
        _channel_movements(log),
        until,
        SupplySpec(seed=home.config.get("twin_parameters", {}).get("seed", SupplySpec.seed)),
        home.inbox,
        already_written_until=written,
    )
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(until.isoformat(), encoding="utf-8")


def _channel_movements(log: Log) -> pd.DataFrame:
    """Movements that the channel itself stated (write-offs), without those that the twin wrote before."""
    movements = _landed(log, "stock_movements")
    return movements[movements["feed"] != "stock_movements"]


def _landed(log: Log, record_type: str) -> pd.DataFrame:
    paths = [log.path(unit, record_type) for unit in log.units if record_type in unit.tables]
    names = [column.name for column in (*LANDED[record_type].columns, *LINEAGE)]
    tables = [pq.read_table(path, columns=names) for path in paths]
    empty = pa.schema([(c.name, c.arrow_type) for c in (*LANDED[record_type].columns, *LINEAGE)]).empty_table()
    whole = pa.concat_tables([*tables, empty], promote_options="permissive")
    frame: pd.DataFrame = whole.to_pandas(date_as_object=True)
    return frame
