"""Reading published snapshots: one immutable folder of Parquet, queried by a locked in-memory DuckDB.

Belongs here: the manifest, finding and opening a snapshot, queries over it.
Does not belong here: writing snapshots (`pipelines.publication.publishing`), what a query may do (`sandbox`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from oms_core.files import file_digest
from oms_core.store.published.sandbox import QueryError, only_select, open_sandbox

MANIFEST_NAME = "manifest.json"
POINTER_NAME = "CURRENT"
_BATCH_ROWS = 100_000

Parameters = Sequence[object] | Mapping[str, object]


class SnapshotError(Exception):
    """A snapshot cannot be read; the message says what is wrong and what to do."""


class NoSnapshot(SnapshotError):  # noqa: N818 - reads as the sentence it is
    """Nothing has been published yet."""


class DamagedSnapshotError(SnapshotError):
    """A snapshot's files are not what its manifest says."""


@dataclass(frozen=True, slots=True)
class TableEntry:
    """One file of a snapshot: its rows, and the SHA-256 and size of its Parquet."""

    rows: int
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """What a snapshot holds and which run made it. Instants are aware.

    `tables` maps files to their entries: a table's name, or `<table>/<month>` for each month of a table kept by months.
    """

    snapshot_id: str
    run_id: str
    as_of: datetime
    published_at: datetime
    tables: Mapping[str, TableEntry]
    summary: Mapping[str, Any] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, list[str]]:
        """The names of each table's files, in order."""
        files: dict[str, list[str]] = {}
        for name in sorted(self.tables):
            files.setdefault(name.partition("/")[0], []).append(name)
        return files

    def rows(self, table: str) -> int:
        """Rows of a table."""
        return sum(self.tables[name].rows for name in self.files[table])

    def to_json(self) -> str:
        """The manifest's file content: sorted keys, so that the same manifest is the same text."""
        content = {
            **{name: getattr(self, name) for name in ("snapshot_id", "run_id", "summary")},
            "as_of": self.as_of.isoformat(),
            "published_at": self.published_at.isoformat(),
            "tables": {name: asdict(entry) for name, entry in self.tables.items()},
        }
        return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """The manifest of a file's content. Raises DamagedSnapshotError where it is none."""
        try:
            content = json.loads(text)
            instants = {name: datetime.fromisoformat(content[name]) for name in ("as_of", "published_at")}
            tables = {name: TableEntry(**entry) for name, entry in content["tables"].items()}
            return cls(**content | instants | {"tables": tables})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedSnapshotError(f"not a snapshot's manifest: {error!r}") from error


class Snapshot:
    """One published snapshot, open for reading; safe to share between threads."""

    def __init__(self, folder: Path, manifest: Manifest, connection: duckdb.DuckDBPyConnection) -> None:
        self.folder = folder
        self.manifest = manifest
        self._connection = connection

    @classmethod
    def current(cls, published: Path, **limits: Any) -> Snapshot:
        """The snapshot that `CURRENT` names. Raises NoSnapshot before the first run; `limits` as in `open`."""
        return cls.open(current_folder(published), **limits)

    @classmethod
    def open(cls, folder: Path, memory_limit: str = "2GB", threads: int = 2) -> Snapshot:
        """The snapshot in a folder. Raises DamagedSnapshotError where a file is missing or has another size."""
        manifest = read_manifest(folder)
        _refuse_damage(folder, manifest)
        files = {table: [_parquet(folder, name) for name in names] for table, names in manifest.files.items()}
        return cls(folder, manifest, open_sandbox(files, memory_limit, threads))

    @property
    def snapshot_id(self) -> str:
        return self.manifest.snapshot_id

    def query(self, sql: str, parameters: Parameters = (), limit: int | None = None) -> pa.Table:
        """The answer to one SELECT, at most `limit` rows of it. `parameters` fill `?`, or `$name` from a mapping.

        Raises QueryError with DuckDB's own words.
        """
        cursor = self._connection.cursor()
        try:
            statement = only_select(cursor, sql)
            return _read(cursor.execute(statement, parameters).to_arrow_reader(_BATCH_ROWS), limit)
        except duckdb.Error as error:
            raise QueryError(str(error)) from error
        finally:
            cursor.close()

    def changed_tables(self) -> list[str]:
        """Names of files that no longer have the manifest's SHA-256: the offenders, none if all is well."""
        entries = self.manifest.tables.items()
        return [name for name, entry in entries if file_digest(_parquet(self.folder, name)) != entry.sha256]

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def snapshots(published: Path) -> list[Manifest]:
    """The manifests of all complete snapshots, the latest published first; none before the first run."""
    folders = published.iterdir() if published.is_dir() else ()
    complete = [p for p in folders if not p.name.startswith(".") and (p / MANIFEST_NAME).is_file()]
    return sorted((read_manifest(p) for p in complete), key=lambda m: (m.published_at, m.snapshot_id), reverse=True)


def current_folder(published: Path) -> Path:
    """The current snapshot's folder. Raises NoSnapshot; DamagedSnapshotError where the pointer leads nowhere."""
    pointer = published / POINTER_NAME
    if not pointer.is_file():
        raise NoSnapshot(f"Nothing is published in {published} yet. Make the first snapshot with `oms run`.")
    name = pointer.read_text(encoding="utf-8").strip()
    if not name or name.startswith(".") or Path(name).name != name or not (published / name).is_dir():
        raise DamagedSnapshotError(f"{pointer} names {name!r}, no snapshot there. Publish anew with `oms run`.")
    return published / name


def published_as_of(published: Path) -> datetime | None:
    """The instant up to which readers have seen what was known; None before the first run."""
    return read_manifest(current_folder(published)).as_of if (published / POINTER_NAME).is_file() else None


def read_manifest(folder: Path) -> Manifest:
    """The manifest in a snapshot's folder. Raises DamagedSnapshotError where there is none that can be read."""
    path = folder / MANIFEST_NAME
    try:
        return Manifest.from_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, DamagedSnapshotError) as error:
        raise DamagedSnapshotError(f"{path}: {error}. Publish anew with `oms run`.") from error


def _refuse_damage(folder: Path, manifest: Manifest) -> None:
    for name, entry in manifest.tables.items():
        path = _parquet(folder, name)
        found = path.stat().st_size if path.is_file() else None
        if found != entry.bytes:
            size = "is missing" if found is None else f"has {found} bytes instead of {entry.bytes}"
            raise DamagedSnapshotError(f"{path} {size}: the snapshot is damaged. Publish anew with `oms run`.")


def _read(reader: pa.RecordBatchReader, limit: int | None) -> pa.Table:
    if limit is None:
        return reader.read_all()
    batches, rows = [], 0
    while rows < limit and (batch := next(reader, None)) is not None:
        batches.append(batch)
        rows += batch.num_rows
    return pa.Table.from_batches(batches, reader.schema).slice(0, limit)


def _parquet(folder: Path, name: str) -> Path:
    return folder / f"{name}.parquet"
