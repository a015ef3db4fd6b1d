"""Publishing: the marts of a completed run as one immutable, versioned snapshot.

Belongs here: writing the snapshot's folder and turning the pointer to it. Does not belong here: reading it
(`oms_core.store.published.snapshots`), nor deciding whether it may be published (the asset checks).
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from oms_core.contracts import PUBLISHED, Contract
from oms_core.files import file_digest, sync
from oms_core.store.published.derivation import FILE_NAME
from oms_core.store.published.snapshots import POINTER_NAME, Manifest, Snapshot, SnapshotError, TableEntry
from pipelines.home import Home
from pipelines.modelling.deriving import read_graph
from pipelines.modelling.warehouse import last_published, note_published, open_warehouse

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
    (staged / FILE_NAME).write_text(read_graph(home).to_json(), encoding="utf-8")
    final = home.published / snapshot_id
    if final.exists():
        shutil.rmtree(staged)
        final.touch()
    else:
        staged.rename(final)
    _turn_pointer(home.published, snapshot_id)
    note_published(home, snapshot_id)
    remove_older(final, KEPT)
    return manifest


def _write_tables(home: Home, folder: Path) -> dict[str, TableEntry]:
    """Write every mart; of those kept by months, the months that are as they were published last are linked."""
    tables: dict[str, TableEntry] = {}
    with open_warehouse(home) as connection:
        last, unchanged_before = _last_published(home, connection)
        for contract in PUBLISHED.values():
            months = _months(connection, contract) if contract.by_month else []
            if months:
                (folder / contract.name).mkdir()
            for month in months:
                name = f"{contract.name}/{month:%Y-%m}"
                if month < unchanged_before and last is not None and name in last.manifest.tables:
                    _link(last.folder / f"{name}.parquet", folder / f"{name}.parquet")
                    tables[name] = last.manifest.tables[name]
                else:
                    tables[name] = _write(connection, contract, folder / f"{name}.parquet", month)
            if not months:
                tables[contract.name] = _write(connection, contract, folder / f"{contract.name}.parquet")
    return tables


def _last_published(home: Home, connection: duckdb.DuckDBPyConnection) -> tuple[Snapshot | None, date]:
    """The snapshot published from this warehouse last, and the first month that may have changed since.

    None where there is none, or it is damaged or gone: then everything is written anew.
    """
    known = last_published(connection)
    try:
        last = Snapshot.open(home.published / known[0]) if known else None
    except SnapshotError:
        last = None
    return (last, known[1].replace(day=1)) if known and last else (None, date.min)


def _months(connection: duckdb.DuckDBPyConnection, contract: Contract) -> list[date]:
    # Names come from the contracts.
    found = f"select distinct cast(date_trunc('month', business_date) as date) from {contract.name} order by 1"  # noqa: S608
    return [month for (month,) in connection.execute(found).fetchall()]


def _write(
    connection: duckdb.DuckDBPyConnection, contract: Contract, path: Path, month: date | None = None
) -> TableEntry:
    names = ", ".join(f'"{name}"' for name in contract.names)
    order = ", ".join(f'"{name}"' for name in contract.laid_by)
    days = (
        f"where business_date >= date '{month}' and business_date < date '{month}' + interval 1 month" if month else ""
    )
    # Names come from the contracts. The order makes the same rows the same bytes.
    mart = connection.sql(f"select {names} from {contract.name} {days} order by {order}")  # noqa: S608
    mart.write_parquet(str(path), compression="zstd")
    return TableEntry(rows=pq.read_metadata(path).num_rows, sha256=file_digest(path), bytes=path.stat().st_size)


def _link(source: Path, target: Path) -> None:
    """The same bytes under another name; a copy where the file system has no links."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        shutil.copyfile(source, target)


def _turn_pointer(published: Path, snapshot_id: str) -> None:
    """Make a snapshot the current one, atomically and durably."""
    pointer = published / ".CURRENT.part"
    with pointer.open("w", encoding="utf-8") as file:
        file.write(snapshot_id + "\n")
        file.flush()
        os.fsync(file.fileno())
    pointer.replace(published / POINTER_NAME)
    sync(published)


def remove_older(made: Path, kept: int) -> None:
    """Remove the snapshots beside one that was just made, but for the `kept` that were made, or made again, last."""
    finished = [path for path in made.parent.iterdir() if path.is_dir() and not path.name.startswith(".")]
    finished.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for old in [path for path in finished if path != made][kept:]:
        shutil.rmtree(old)
