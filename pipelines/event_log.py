"""Dagster's event log in its own SQLite files, which are kept open.

Belongs here: how the files are opened, and when they are given up. Does not belong here: what Dagster writes into them.

A run notes some seven hundred events. Dagster's own class opens a file two to four times for each, and SQLite syncs
what it closes to the disk: half of a small run went into that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as sa
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS

#: For how long Dagster keeps a run's events, some two megabytes a day; the operations store notes its outcome for good.
DAYS_KEPT = 90
#: Files that are open at once: the index, the run, and what a page looks at beside it.
_OPEN_FILES = 4


class EventLog(SqliteEventLogStorage):
    """The log of the Dagster home that `DAGSTER_HOME` names; others, Dagster's own class too, may read it meanwhile."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: dict[str, sa.Engine] = {}
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> EventLog:  # noqa: ARG003
        return cls(str(Path(os.environ["DAGSTER_HOME"]) / "history" / "runs"), inst_data)

    def store_event(self, event: dg.EventLogEntry) -> None:
        super().store_event(event)
        # Pages that show a run as it goes on watch its file; what is new lies beside it, in SQLite's journal.
        os.utime(self.path_for_shard(event.run_id))

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        path = self.path_for_shard(shard)
        with self._db_lock:
            engine = self._engine(path)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table, asked before each event: what is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _engine(self, path: str) -> sa.Engine:
        if path not in self._engines:
            while len(self._engines) >= _OPEN_FILES:
                self._engines.pop(next(iter(self._engines))).dispose()
            self._engines[path] = _open(path)
        return self._engines[path]

    def delete_events(self, run_id: str) -> None:
        """Dagster's own class leaves the run's file, as large as it was."""
        super().delete_events(run_id)
        path = self.path_for_shard(run_id)
        with self._db_lock:
            if engine := self._engines.pop(path, None):
                engine.dispose()
            self._initialized_dbs.discard(run_id)
        Path(path).unlink(missing_ok=True)

    def wipe(self) -> None:
        self._close()
        super().wipe()

    def dispose(self) -> None:
        super().dispose()
        self._close()

    def _close(self) -> None:
        while self._engines:
            self._engines.popitem()[1].dispose()


def forget_runs(instance: dg.DagsterInstance, now: datetime) -> int:
    """Delete the runs that were made more than `DAYS_KEPT` days before; how many."""
    old = instance.get_runs(dg.RunsFilter(created_before=now - timedelta(days=DAYS_KEPT)))
    for run in old:
        instance.delete_run(run.run_id)
    return len(old)


def _open(path: str) -> sa.Engine:
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def sync_at_checkpoints_only(connection: Any, _: object) -> None:
        # A machine that loses its power may lose the last events, never the file.
        connection.execute("pragma synchronous = normal")

    return engine
