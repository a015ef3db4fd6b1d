"""An allocation run from files to files: orders and stock as Parquet, decided, written, told to the warehouses; and
again after 1 % more orders have come.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import Figure, run
from oms_core.allocation.sourcing import allocate
from oms_core.allocation.stated.decisions import to_table
from oms_core.allocation.stated.rules import default_rules
from oms_core.allocation.stated.tables import Tables, read_problem
from oms_core.allocation.stated.terms import Terms
from oms_core.fulfilment.delivery.drop import Drop
from oms_core.fulfilment.delivery.folder import FolderShelf
from oms_core.fulfilment.documents import build_documents
from oms_core.fulfilment.partners import Partner
from oms_core.fulfilment.rendering import render

_AT = datetime(2026, 6, 1, 6, tzinfo=UTC)
_NODES, _REGIONS, _SKUS, _SECONDS = 20, 10, 2_000, 30


def _write_lines(path: Path, orders: int, first: int, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    count = np.minimum(rng.geometric(1 / 1.73, orders), 12)
    order = np.repeat(np.arange(orders), count)
    popularity = np.arange(1, _SKUS + 1) ** -0.8
    pairs = np.unique(order * _SKUS + rng.choice(_SKUS, count.sum(), p=popularity / popularity.sum()))
    order, sku = np.divmod(pairs, _SKUS)
    region = rng.integers(0, _REGIONS, orders)
    refs = [str(first + number) for number in order]
    names = [f"S{number:04d}" for number in sku]
    placed = pa.array([_AT] * len(sku), pa.timestamp("us", "UTC"))
    lines = pa.table({
        "order_line_id": [f"web:{ref}:{name}" for ref, name in zip(refs, names, strict=True)],
        "channel_id": ["web"] * len(sku), "order_ref": refs, "line_ref": names, "sku": names,
        "ship_to_region": [f"R{number}" for number in region[order]], "location_id": pa.nulls(len(sku), pa.string()),
        "priority": rng.integers(1, 4, orders)[order], "placed_at": placed,
        "is_held": [False] * len(sku), "is_held_by_desk": [False] * len(sku),
        "is_assigned_by_desk": [False] * len(sku),
        "fulfilment_method": ["ship"] * len(sku),
        "customer_group": [None] * len(sku),
        "qty_to_decide": np.minimum(rng.geometric(0.75, len(sku)), 6),
        "promised_date": pa.nulls(len(sku), pa.date32()),
    })  # fmt: skip
    pq.write_table(lines, path)
    return lines


def _write_input(folder: Path, orders: int) -> None:
    lines = _write_lines(folder / "lines.parquet", orders, 0, 0)
    rng = np.random.default_rng(1)
    sku = np.array([int(name[1:]) for name in lines["sku"].to_pylist()])
    quantity = lines["qty_to_decide"].to_numpy()
    asked = np.bincount(sku, quantity, _SKUS)[:, None]
    share = rng.gamma(1.0, 1.0, (_SKUS, _NODES)) * (rng.random((_SKUS, _NODES)) < 0.4)
    stock = np.floor(1.5 * asked * share / np.maximum(share.sum(axis=1, keepdims=True), 1e-9)).astype(np.int64)
    row, node = np.nonzero(stock)
    supply = {
        "sku": [f"S{n:04d}" for n in row],
        "location_id": [f"N{n:02d}" for n in node],
        "qty_ats": stock[row, node],
    }
    pq.write_table(pa.table(supply), folder / "supply.parquet")
    places = {
        "location_id": [f"N{n:02d}" for n in range(_NODES)], "kind": ["warehouse"] * _NODES,
        "region": [f"R{n % _REGIONS}" for n in range(_NODES)], "ships_orders": [True] * _NODES,
        "sourcing_rank": list(range(1, _NODES + 1)), "timezone": ["UTC"] * _NODES,
    }  # fmt: skip
    pq.write_table(pa.table(places), folder / "locations.parquet")


def _change(folder: Path, orders: int) -> None:
    """What the next run finds in `folder/next`: what this one left open, and new orders; less what it promised."""
    later = folder / "next"
    later.mkdir()
    _write_lines(later / "new.parquet", orders, 1_000_000, 2)
    files = {name: str(folder / f"{name}.parquet") for name in ("lines", "supply", "locations", "allocations")}
    duckdb.sql(f"""
        create view promised as select * from '{files["allocations"]}' where decision = 'allocated';
        copy (
            select * exclude (gone) replace (qty_to_decide - coalesce(gone, 0) as qty_to_decide)
            from '{files["lines"]}'
            left join (select order_ref, line_ref, sum(quantity)::bigint as gone from promised group by all)
                using (order_ref, line_ref)
            where qty_to_decide > coalesce(gone, 0)
            union all by name from '{later}/new.parquet'
        ) to '{later}/lines.parquet';
        copy (
            select * exclude (gone) replace (qty_ats - coalesce(gone, 0) as qty_ats) from '{files["supply"]}'
            left join (select sku, location_id, sum(quantity)::bigint as gone from promised group by all)
                using (sku, location_id)
        ) to '{later}/supply.parquet';
        copy (from '{files["locations"]}') to '{later}/locations.parquet'""")


def _run(folder: Path) -> dict[str, float]:
    started = time.perf_counter()
    lines, supply, places = (pq.read_table(folder / f"{name}.parquet") for name in ("lines", "supply", "locations"))
    problem = read_problem(Tables(lines, supply, places, products=supply.select(["sku"])))
    end = time.perf_counter() + _SECONDS
    found = allocate(problem, Terms(default_rules(), _AT), lambda: end - time.perf_counter())
    table = to_table(found.decisions, "run", _AT, _AT.date())
    pq.write_table(table, folder / "allocations.parquet")
    for document in build_documents(table, {}, {}, _AT, _AT.date()):
        shelf = Drop(FolderShelf(folder / "outbox" / document.partner_id))
        for file in render(document, Partner(), 1):
            shelf.prepare(file)
            shelf.commit(file)
    if found.cost_minor is None:
        raise ValueError("a plan in which a parcel has no rate")
    return {
        "seconds": time.perf_counter() - started,
        "lines": len(lines),
        "gap": 100 * (found.gap or 0.0),
        "saved": 100 * (1 - found.cost_minor / (found.greedy_minor or found.cost_minor)),
    }


def sourcing_run(folder: Path) -> list[Figure]:
    """100,000 orders, reading and writing included, by the rules that a new home has."""
    _write_input(folder, 100_000)
    usage = run([sys.executable, "-m", "benchmarks.sourcing_run", str(folder)])
    found = json.loads(usage.output.splitlines()[-1])
    _change(folder, 1_000)
    again = json.loads(
        run([sys.executable, "-m", "benchmarks.sourcing_run", str(folder / "next")]).output.splitlines()[-1]
    )
    name = "sourcing_run.100000_orders"
    return [
        Figure(f"{name}.again_after_1_percent_more", round(again["seconds"], 1), "s",
               f"{again['lines']:,} lines to decide", None, "≤ 10 s"),
        Figure(f"{name}.files_to_files", round(found["seconds"], 1), "s", "", None, "≤ 90 s"),
        Figure(f"{name}.gap", round(found["gap"], 2), "%"),
        Figure(f"{name}.saved_to_line_by_line", round(found["saved"], 1), "%"),
        Figure(f"{name}.peak_memory", round(usage.peak_gib, 2), "GiB", "", None, "≤ 4 GiB"),
    ]  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(_run(Path(sys.argv[1]))))
