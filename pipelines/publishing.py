"""Publishing: the marts of a completed run as one immutable, versioned snapshot.

Belongs here: writing the snapshot's folder and turning the pointer to it. Does not belong here: reading it
(`oms_core.store.snapshots`), nor deciding whether it may be published (the asset checks).
"""

from __future__ import annotations

import hashlib
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from oms_core.contracts import PUBLISHED
from oms_core.store.snapshots import Manifest, TableEntry
from pipelines.home import Home
from pipelines.landing import file_digest
from pipelines.log import sync_folder
from pipelines.warehouse import open_warehouse

#: Snapshots kept beside the current one, so that a reader who opened one can finish with it.
KEPT = 14


def publish(home: Home, run_id: str, as_of: datetime, published_at: datetime, summary: dict[str, Any]) -> Manifest:
    """Write every mart to `published/<snapshot_id>/` and name it in `published/CURRENT`.

    The snapshot's id is the run's day and a hash of its tables: the same content is the same snapshot, and
    publishing it again changes nothing.
    """
    staged = home.published / f".staging-{run_id}"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    tables = _write_tables(home, staged)
    digest = hashlib.sha256("".join(f"{name}{entry.sha256}" for name, entry in sorted(tables.items())).encode())
    snapshot_id = f"{as_of:%Y-%m-%d}-{digest.hexdigest()[:10]}"
    manifest = Manifest(snapshot_id, run_id, as_of, published_at, tables, summary)
    (staged / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    final = home.published / snapshot_id
    if final.exists():
        shutil.rmtree(staged)
    else:
        staged.rename(final)
    turn_pointer(home.published, snapshot_id)
    _prune(home.published, snapshot_id)
    return manifest


def _write_tables(home: Home, folder: Path) -> dict[str, TableEntry]:
    tables = {}
    with open_warehouse(home) as connection:
        for contract in PUBLISHED.values():
            path = folder / f"{contract.name}.parquet"
            names = ", ".join(f'"{name}"' for name in contract.names)
            order = ", ".join(f'"{name}"' for name in contract.key)
            # Names come from the contracts. The order makes the same rows the same bytes.
            mart = connection.sql(f"select {names} from {contract.name} order by {order}")  # noqa: S608
            mart.write_parquet(str(path), compression="zstd")
            rows = pq.read_metadata(path).num_rows
            tables[contract.name] = TableEntry(rows=rows, sha256=file_digest(path), bytes=path.stat().st_size)
    return tables


def turn_pointer(published: Path, snapshot_id: str) -> None:
    """Make a snapshot the current one, atomically and durably."""
    pointer = published / ".CURRENT.part"
    with pointer.open("w", encoding="utf-8") as file:
        file.write(snapshot_id + "\n")
        file.flush()
        os.fsync(file.fileno())
    pointer.replace(published / "CURRENT")
    sync_folder(published)


def _prune(published: Path, current: str) -> None:
    finished = sorted(p for p in published.iterdir() if p.is_dir() and not p.name.startswith("."))
    for old in [p for p in finished if p.name != current][:-KEPT]:
        shutil.rmtree(old)
