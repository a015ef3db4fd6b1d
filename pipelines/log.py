"""The log: landed units on disk and the index of what was committed, in order.

A unit is one received file or one decision, as a folder `landing/<feed>/<sha256>/` of Parquet tables and a
manifest. Units appear by an atomic rename and are never changed. `COMMITTED.jsonl` lists them, fsynced.
Belongs here: writing, committing and finding units. Does not belong here: parsing (`oms_core.feeds`), judging
(`reception.gates`), loading (`modelling.warehouse`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from oms_core.contracts import LINEAGE
from oms_core.files import sync
from pipelines.home import HomeError

INDEX_NAME = "COMMITTED.jsonl"
_LINEAGE_SCHEMA = pa.schema([pa.field(c.name, c.arrow_type, nullable=False) for c in LINEAGE])


@dataclass(frozen=True)
class Unit:
    """One committed unit of the log.

    `tables` maps a record type to its row count. `counts` are of source records: record_count = accepted +
    duplicate + superseded + quarantined. `run_id` is empty for what counterparts sent.
    """

    feed: str
    file_sha256: str
    file_name: str
    known_at: datetime
    size_bytes: int
    counts: Mapping[str, int]
    tables: Mapping[str, int]
    run_id: str = ""
    released_by: str = field(default="", compare=False)

    def to_json(self) -> str:
        content = asdict(self) | {"known_at": self.known_at.isoformat()}
        return json.dumps(content, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Unit:
        content: dict[str, Any] = json.loads(line)
        return cls(**content | {"known_at": datetime.fromisoformat(content["known_at"])})


class Log:
    """The append-only log under one landing folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._units: dict[tuple[str, str], Unit] = {}
        self._read_until = 0

    @property
    def units(self) -> list[Unit]:
        """Every committed unit, in the order of commitment."""
        self._refresh()
        return list(self._units.values())

    def contains(self, feed: str, file_sha256: str) -> bool:
        self._refresh()
        return (feed, file_sha256) in self._units

    def of_run(self, run_id: str, record_type: str) -> list[Unit]:
        """The units in which a run landed its decisions of one type."""
        return [unit for unit in self.units if unit.run_id == run_id and record_type in unit.tables]

    def path(self, unit: Unit, record_type: str) -> Path:
        return self.folder / unit.feed / unit.file_sha256 / f"{record_type}.parquet"

    def stage(self, feed: str, file_sha256: str) -> Path:
        """An empty folder in which a unit is prepared; what an interrupted run left there is thrown away."""
        staged = self.folder / ".staging" / f"{feed}-{file_sha256}"
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        return staged

    def commit(self, staged: Path, unit: Unit) -> None:
        """Make a staged unit part of the log: rename, then index. Who commits holds the home (`turn`).

        Safe to repeat after a crash anywhere; a unit that is part of the log already stays as it is.
        """
        if self.contains(unit.feed, unit.file_sha256):
            shutil.rmtree(staged)
            return
        line = unit.to_json() + "\n"
        (staged / "manifest.json").write_text(line, encoding="utf-8")
        # On disk before the index names it: after this the original lies where it may be lost.
        for path in staged.iterdir():
            sync(path)
        final = self.folder / unit.feed / unit.file_sha256
        final.parent.mkdir(parents=True, exist_ok=True)
        # The index is there before the first unit: units without one are taken for a log that has lost it.
        (self.folder / INDEX_NAME).touch()
        # What a crash left under this name never was part of the log, and its rows bear an earlier `known_at`.
        shutil.rmtree(final, ignore_errors=True)
        staged.rename(final)
        sync(final.parent)
        with (self.folder / INDEX_NAME).open("ab") as index:
            # Cut off a torn last line, or ours would become the end of it.
            index.truncate(self._read_until)
            index.write(line.encode())
            index.flush()
            os.fsync(index.fileno())
        self._refresh()

    def require_whole(self, units: Iterable[Unit]) -> None:
        """Raise HomeError where a unit is damaged: what is built of the others alone would be wrong, and nobody would
        notice."""
        if damaged := self.damaged(units):
            first = damaged[0]
            raise HomeError(
                f"The log is damaged: {len(damaged)} of its units are gone or not as committed, {first.feed}/"
                f"{first.file_sha256} ({first.file_name}) for one. Restore them from a backup; `oms doctor` names all."
            )

    def damaged(self, units: Iterable[Unit], *, thoroughly: bool = False) -> list[Unit]:
        """Units of which a table is gone, cannot be read or has other rows than the index promises: by what the file
        says of itself, or `thoroughly` by reading all of it."""
        return [
            unit
            for unit in units
            if not all(_has_rows(self.path(unit, name), rows, thoroughly) for name, rows in unit.tables.items())
        ]

    def unlisted(self) -> list[Path]:
        """Units on disk that are not in the index: their commit was cut short, or it has lost lines."""
        listed = {self.folder / unit.feed / unit.file_sha256 for unit in self.units}
        return sorted(folder for folder in self._folders() if folder not in listed)

    def _folders(self) -> Iterator[Path]:
        """Every unit's folder on disk, listed or not."""
        return (path.parent for path in self.folder.glob("[!.]*/*/manifest.json"))

    def _refresh(self) -> None:
        for line in self._new_lines():
            unit = Unit.from_json(line)
            self._units.setdefault((unit.feed, unit.file_sha256), unit)

    def _new_lines(self) -> Iterator[str]:
        index = self.folder / INDEX_NAME
        if not index.exists():
            if self._read_until or any(self._folders()):
                raise HomeError(
                    f"The log has lost its index, {index}, and without it knows none of its units. Restore it from a "
                    f"backup; if there is none, `cat {self.folder}/*/*/manifest.json > {index}` makes one of what is "
                    "on disk. Then `oms doctor`."
                )
            return
        with index.open("rb") as file:
            file.seek(self._read_until)
            for line in file:
                # A torn last line is a commit that never finished: its unit, if wanted still, is committed anew.
                if line.endswith(b"\n"):
                    self._read_until += len(line)
                    yield line.decode()


def with_lineage(table: pa.Table, feed: str, file_sha256: str, known_at: datetime) -> pa.Table:
    """The table with the four lineage columns; `row_number` must be among its columns."""
    rows = len(table)
    row_numbers = table.column("row_number")
    body = table.drop_columns(["row_number"])
    for column, values in zip(
        _LINEAGE_SCHEMA,
        (pa.repeat(feed, rows), pa.repeat(file_sha256, rows), row_numbers, pa.repeat(known_at, rows)),
        strict=True,
    ):
        body = body.append_column(column, values.cast(column.type))
    return body


def land_decision(log: Log, table: pa.Table, record_type: str, run_id: str, known_at: datetime) -> Unit:
    """Land one table of the run's own decisions. Landing the same content again is a no-op.

    `table` has the contract's columns in order.
    """
    feed = f"oms-{record_type.replace('_', '-')}"
    numbered = table.append_column("row_number", pa.array(range(1, len(table) + 1), pa.int64()))
    digest = table_digest(table)
    staged = log.stage(feed, digest)
    path = staged / f"{record_type}.parquet"
    pq.write_table(with_lineage(numbered, feed, digest, known_at), path, compression="zstd")
    counts = {"record_count": len(table), "accepted_count": len(table)}
    unit = Unit(
        feed,
        digest,
        f"{record_type}-{run_id}",
        known_at,
        path.stat().st_size,
        counts,
        {record_type: len(table)},
        run_id,
    )
    log.commit(staged, unit)
    return unit


def table_digest(table: pa.Table) -> str:
    """SHA-256 of a table's Arrow stream: the same rows in the same order give the same digest."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return hashlib.sha256(sink.getvalue()).hexdigest()


def _has_rows(path: Path, rows: int, thoroughly: bool) -> bool:
    try:
        with pq.ParquetFile(path) as file:
            read = sum(len(batch) for batch in file.iter_batches()) if thoroughly else file.metadata.num_rows
            return bool(read == rows)
    except (OSError, pa.ArrowException):
        return False
