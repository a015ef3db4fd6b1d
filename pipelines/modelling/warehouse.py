"""The warehouse's one writer: opens it, and loads from the log what is new.

Belongs here: the only `duckdb.connect` in writing mode, the raw tables, which units are loaded, and which loads the
models reflect. Does not belong here: derivation (dbt), decisions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from oms_core.contracts import LANDED, LINEAGE, Contract
from oms_core.feeds import OrderKey
from oms_core.store.published.snapshots import published_as_of
from pipelines.home import Home, HomeError
from pipelines.log import INDEX_NAME, Log, Unit
from pipelines.modelling.landed_rows import landed_rows

#: Four models are made beside each other, and joins and sorts spill only in part: four gigabytes were too few for a
#: full build of ten million order lines.
MEMORY_LIMIT = "6GB"
#: The share of all modelled rows that may be deleted ones; and how many rows DuckDB gives back at least.
_MOST_DELETED, _ROW_GROUP = 0.1, 122_880
#: What a build says of itself: the first day of which it may have changed a table.
_CHANGED_BY = {
    "ground": "select min(demand_from) from int_restatement",
    "decisions": "select min(first_date) from int_lines_to_state where is_changed or is_answered",
}
_TYPES = {
    "string": "varchar",
    "bigint": "bigint",
    "double": "double",
    "boolean": "boolean",
    "timestamp": "timestamptz",
    "date": "date",
}
_FEED_FILES = (
    "feed varchar, file_sha256 varchar, file_name varchar, known_at timestamptz, size_bytes bigint, "
    "record_count bigint, accepted_count bigint, duplicate_count bigint, superseded_count bigint, "
    "quarantined_count bigint"
)
_QUARANTINE = (
    "feed varchar, file_sha256 varchar, file_name varchar, row_number bigint, reason_code varchar, reason varchar, "
    "known_at timestamptz, channel_id varchar, order_ref varchar, line_ref varchar"
)


@dataclass(frozen=True)
class Load:
    """What a load brought: rows by record type, and units."""

    rows: dict[str, int]
    units: int


#: Warehouses that stay open between uses in this process, with what keeps each open once it has been used.
_kept: dict[Path, duckdb.DuckDBPyConnection | None] = {}


@contextmanager
def kept_open(home: Home) -> Iterator[None]:
    """Keep the warehouse open between its uses: each opening reads its whole catalogue, and a run opens it sixty times.

    Whoever hands it to another process lets go of it first (`let_go`).
    """
    _kept[home.warehouse] = None
    try:
        yield
    finally:
        let_go(home)
        del _kept[home.warehouse]


def let_go(home: Home) -> None:
    """Close what is kept open, so that another process may open the warehouse; the next use here opens it again."""
    connection = _kept.get(home.warehouse)
    if connection is not None:
        connection.close()
        _kept[home.warehouse] = None


@contextmanager
def open_warehouse(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The one way to the warehouse: read-write, UTC, bounded; checkpointed at the end, and closed unless kept open."""
    home.scratch.mkdir(parents=True, exist_ok=True)
    settings = {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(home.scratch),
        # The newest way to store texts: no other program reads this file, and a third less work to write them.
        "storage_compatibility_version": "latest",
        # To look whether it would be worth it costs a tenth of all writing; it hardly ever is.
        "disabled_compression_methods": "zstd",
        # Builds give back what was deleted (`holds_much_deleted`).
        "max_vacuum_tasks": "0",
    }
    connection = duckdb.connect(str(home.warehouse), config=settings)
    if home.warehouse in _kept and _kept[home.warehouse] is None:
        # A connection of its own: a cursor would be closed with the connection it came from.
        _kept[home.warehouse] = duckdb.connect(str(home.warehouse), config=settings)
    try:
        # The zone can be set only once the connection has loaded its calendar extension.
        connection.execute("set TimeZone = 'UTC'")
        yield connection
        connection.execute("checkpoint")
    finally:
        connection.close()


def load(
    home: Home, as_of: datetime, run_id: str, effective_until: datetime | None = None, only: str | None = None
) -> Load:
    """Append to `raw` every committed unit known by `as_of` that is not there yet, in one transaction.

    `run_id` is noted beside each unit, so that a run can say what was new to it. With `effective_until` only what was
    true by then is loaded, with `only` what has that record type: a replay's questions, never a run's. Raises HomeError
    where one of them is damaged.
    """
    log = Log(home.landing)
    with open_warehouse(home) as connection:
        create_raw(connection)
        loaded = _loaded(connection)
        _require_known(log, loaded)
        wanted = (unit for unit in log.units if unit.known_at <= as_of and (only is None or only in unit.tables))
        new = [unit for unit in wanted if (unit.feed, unit.file_sha256) not in loaded]
        log.require_whole(new)
        # Rows kept in order would be written in pieces, and put together once more at the end.
        connection.execute("set preserve_insertion_order = false")
        connection.execute("begin")
        rows = _append(connection, log, new, run_id, effective_until, _kept_from(log, as_of))
        _append_quarantine(connection, home, new)
        connection.execute("commit")
        connection.execute("reset preserve_insertion_order")
    return Load(rows, len(new))


def seen_until(home: Home) -> datetime | None:
    """The latest instant that readers, the models or a run's decisions have seen, None before there is any: what is
    landed from now on is known after it. What has been modelled is not modelled again, and would not know of what came
    before it; and where snapshots and warehouse are lost, the log still says when runs decided.
    """
    instants = [published_as_of(home.published)]
    loaded: set[tuple[str, str]] = set()
    if home.warehouse.exists():
        with open_warehouse(home) as connection:
            create_raw(connection)
            loaded = _loaded(connection)
    instants += [
        unit.known_at for unit in Log(home.landing).units if unit.run_id or (unit.feed, unit.file_sha256) in loaded
    ]
    return max((instant for instant in instants if instant is not None), default=None)


def require_log_of(home: Home) -> None:
    """Raise HomeError where the warehouse was made of units that the log does not know: it is older than what was made
    of it, or its index has lost lines."""
    if home.warehouse.exists():
        with open_warehouse(home) as connection:
            if connection.execute("from duckdb_tables() where table_name = 'loaded_units'").fetchone():
                _require_known(Log(home.landing), _loaded(connection))


def _require_known(log: Log, loaded: set[tuple[str, str]]) -> None:
    lost = sorted(loaded - {(unit.feed, unit.file_sha256) for unit in log.units})
    if lost:
        raise HomeError(
            f"The log has lost {len(lost)} units of which the warehouse was made, {'/'.join(lost[0])} for one: restore "
            f"{log.folder / INDEX_NAME} from a backup. If this log is what a backup had, move warehouse.duckdb and "
            "published/ away and run again."
        )


def _loaded(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """The units that are in `raw`, by feed and SHA-256."""
    return set(connection.execute("select feed, file_sha256 from raw.loaded_units").fetchall())


def create_raw(connection: duckdb.DuckDBPyConnection) -> None:
    """Make every raw table that is not there yet, empty. Raises HomeError for a warehouse of an earlier version."""
    connection.execute("create schema if not exists raw")
    known = connection.execute("select table_name, column_name from duckdb_columns() where schema_name = 'raw'")
    columns: dict[str, set[str]] = defaultdict(set)
    for table, column in known.fetchall():
        columns[table].add(column)
    wanted = {name: {c.name for c in contract.columns} for name, contract in LANDED.items()} | {"run": {"building"}}
    is_partial = "run" in columns and not LANDED.keys() <= columns.keys()
    if is_partial or any(not wanted[table] <= found for table, found in columns.items() if table in wanted):
        raise HomeError("An earlier version made this warehouse: `oms rebuild` builds it anew from landing.")
    for contract in LANDED.values():
        connection.execute(f"create table if not exists raw.{contract.name} ({_columns(contract)}, load_number bigint)")
    connection.execute(f"create table if not exists raw.feed_files ({_FEED_FILES})")
    connection.execute(f"create table if not exists raw.quarantine ({_QUARANTINE})")
    for name in OrderKey._fields:  # what was set aside before they were noted is of no known order
        connection.execute(f"alter table raw.quarantine add column if not exists {name} varchar")
    connection.execute(
        "create table if not exists raw.loaded_units (feed varchar, file_sha256 varchar, run_id varchar)"
    )
    connection.execute(
        "create table if not exists raw.run as select null::date as as_of_date, 'ground' as building, "
        "0::bigint as last_load, 0::bigint as ground_load, 0::bigint as decisions_load, "
        "null::varchar as published_id, date '0001-01-01' as changed_from"
    )


def _columns(contract: Contract) -> str:
    return ", ".join(f'"{column.name}" {_TYPES[column.dtype]}' for column in (*contract.columns, *LINEAGE))


def _append(
    connection: duckdb.DuckDBPyConnection,
    log: Log,
    units: Sequence[Unit],
    run_id: str,
    effective_until: datetime | None,
    kept_from: Mapping[str, datetime],
) -> dict[str, int]:
    paths: dict[str, list[str]] = defaultdict(list)
    rows: dict[str, int] = defaultdict(int)
    for unit in units:
        for record_type, count in unit.tables.items():
            if record_type in kept_from and unit.known_at < kept_from[record_type]:
                continue
            paths[record_type].append(str(log.path(unit, record_type)))
            rows[record_type] += count
    if units:
        connection.execute("update raw.run set last_load = last_load + 1")
        _note_units(connection, units, run_id)
    for record_type, files in paths.items():
        # By name: files that were landed before a contract had an optional column lack it.
        rows_of, parameters = landed_rows(record_type, files, effective_until)
        chosen = f"select *, (select last_load from raw.run) as load_number from {rows_of}"  # noqa: S608
        connection.execute(f"insert into raw.{record_type} by name {chosen}", parameters)
    for record_type in paths.keys() & kept_from.keys():
        connection.execute(f"delete from raw.{record_type} where known_at < ?", [kept_from[record_type]])  # noqa: S608
    return dict(rows)


def _kept_from(log: Log, as_of: datetime) -> dict[str, datetime]:
    """From when on the warehouse keeps what only the latest runs' is read of, by record type (`Contract.days_kept`)."""
    days = {name: contract.days_kept for name, contract in LANDED.items() if contract.days_kept}
    latest: dict[str, datetime] = {}
    for unit in log.units:
        if unit.known_at <= as_of:
            latest |= {name: max(unit.known_at, latest.get(name, unit.known_at)) for name in days.keys() & unit.tables}
    return {name: known_at - timedelta(days=days[name]) for name, known_at in latest.items()}


def _note_units(connection: duckdb.DuckDBPyConnection, units: Sequence[Unit], run_id: str) -> None:
    received = [u for u in units if not u.run_id]
    if received:
        _insert(connection, "raw.feed_files", pd.DataFrame([_feed_file(unit) for unit in received]))
    keys = [(u.feed, u.file_sha256, run_id) for u in units]
    _insert(connection, "raw.loaded_units", pd.DataFrame(keys, columns=["feed", "file_sha256", "run_id"]))


def _insert(connection: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame) -> None:
    connection.register("incoming", frame)
    connection.execute(f"insert into {table} by name select * from incoming")  # noqa: S608 - our own table's name
    connection.unregister("incoming")


def _feed_file(unit: Unit) -> dict[str, Any]:
    counts = {
        name: unit.counts.get(name, 0)
        for name in ("record_count", "accepted_count", "duplicate_count", "superseded_count", "quarantined_count")
    }
    return {
        "feed": unit.feed,
        "file_sha256": unit.file_sha256,
        "file_name": unit.file_name,
        "known_at": unit.known_at,
        "size_bytes": unit.size_bytes,
        **counts,
    }


def _append_quarantine(connection: duckdb.DuckDBPyConnection, home: Home, units: Sequence[Unit]) -> None:
    files = [
        str(home.quarantine / u.feed / f"{u.file_sha256}.parquet") for u in units if u.counts.get("quarantined_count")
    ]
    if files:
        # By name: files of before orders were noted lack them.
        rows = "select * from read_parquet($files, union_by_name = true)"
        connection.execute(f"insert into raw.quarantine by name {rows}", {"files": files})


def note_run(home: Home, as_of_date: date, tag: str) -> None:
    """Tell the models which day is today, and which tag's build begins."""
    with open_warehouse(home) as connection:
        create_raw(connection)
        connection.execute("update raw.run set as_of_date = ?, building = ?", [as_of_date, tag])


def run_values(home: Home) -> dict[str, Any]:
    """What the running build is, and the last load that each tag's models reflect."""
    row: dict[str, Any] = select_table(home, "select building, ground_load, decisions_load from raw.run").to_pylist()[0]
    return row


def note_built(home: Home, tag: str) -> None:
    """Note that a tag's models reflect every load there is, and from which day on its build may have changed them."""
    with open_warehouse(home) as connection:
        # The tag is one of modelling.TAGS.
        connection.execute(
            f"update raw.run set changed_from = least(changed_from, ({_CHANGED_BY[tag]})), {tag}_load = last_load"  # noqa: S608
        )


def holds_much_deleted(home: Home) -> bool:
    """Whether a tenth of all modelled rows are deleted ones, which a checkpoint could give back."""
    with open_warehouse(home) as connection:
        tables = connection.execute(
            "select table_name, estimated_size from duckdb_tables() where schema_name = 'main'"
        ).fetchall()
        # Names come from DuckDB's own catalogue.
        counts = " union all ".join(f"select {stored}, count(*) from {name}" for name, stored in tables)  # noqa: S608
        rows: list[tuple[int, int]] = connection.execute(counts).fetchall() if tables else []
    deleted = sum(stored - kept for stored, kept in rows if stored - kept >= _ROW_GROUP)
    return deleted > _MOST_DELETED * sum(stored for stored, _ in rows)


def last_published(connection: duckdb.DuckDBPyConnection) -> tuple[str, date] | None:
    """The snapshot that was published from this warehouse last, and the first business day of which a table may have
    changed since; None where there is none."""
    if not connection.execute("from duckdb_tables() where schema_name = 'raw' and table_name = 'run'").fetchone():
        return None
    row = connection.execute("select published_id, changed_from from raw.run").fetchone()
    return (row[0], row[1]) if row and row[0] else None


def note_published(home: Home, snapshot_id: str) -> None:
    """Note that readers see every table as it is."""
    with open_warehouse(home) as connection:
        create_raw(connection)
        connection.execute("update raw.run set published_id = ?, changed_from = date '9999-12-31'", [snapshot_id])


def select_frame(home: Home, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> pd.DataFrame:
    """A query's result as a frame, through Arrow, so that integers stay integers."""
    frame: pd.DataFrame = select_table(home, sql, parameters).to_pandas()
    return frame


def select_table(home: Home, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> pa.Table:
    """A query's result as an Arrow table."""
    with open_warehouse(home) as connection:
        return connection.execute(sql, parameters).to_arrow_table()


def latest_run(decisions: str, among: str = "true") -> str:
    """The query of the run that decided last; column run_id. The macro of that name says it to the models.

    `decisions`: a table of decisions with both times; `among`: which of its rows count. Both are ours.
    """
    ordered = "effective_at desc, known_at desc, run_id desc"
    return f"select run_id from {decisions} where {among} order by {ordered} limit 1"  # noqa: S608 - our own texts


def table_sizes(home: Home, names: Sequence[str]) -> dict[str, tuple[int, int | None]]:
    """Rows of the tables among these names, and bytes on disk of those with at most a hundred thousand rows.

    DuckDB tells a table's blocks segment by segment: of ten million rows that takes a second, each run anew.
    """
    with open_warehouse(home) as connection:
        tables = connection.execute(
            "select table_name, estimated_size <= 100000 from duckdb_tables() "
            "where schema_name = 'main' and list_contains(?, table_name)",
            [list(names)],
        ).fetchall()
        # Names come from DuckDB's own catalogue.
        size = "(select count(distinct block_id) * 262144 from pragma_storage_info('{0}') where block_id >= 0)"
        each = [
            f"select '{{0}}', count(*), {size if is_small else 'null'} from {{0}}".format(name)  # noqa: S608
            for name, is_small in tables
        ]
        rows = connection.execute(" union all ".join(each)).fetchall() if each else []
    return {name: (count, size_bytes) for name, count, size_bytes in rows}


def remove_warehouse(home: Home) -> list[Path]:
    """Delete the warehouse (never landing): the next load rebuilds it. Returns what was removed."""
    removed = [path for path in (home.warehouse, home.warehouse.with_suffix(".duckdb.wal")) if path.exists()]
    for path in removed:
        path.unlink()
    return removed
