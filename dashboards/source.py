"""Reading: the current snapshot, answers to queries over it, and the operations store, each opened once a process.

Belongs here: opening and caching. An answer is cached by query, parameters and snapshot id; a snapshot never changes,
so nothing here can be stale. Does not belong here: any query (each page's `queries`), anything that is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from dashboards.settings import Settings, now
from oms_core.contracts import PUBLISHED
from oms_core.store.operations import OperationsStore, open_operations
from oms_core.store.published.snapshots import Manifest, Snapshot, current_folder


@dataclass(frozen=True)
class Query:
    """One SELECT over the snapshot; `parameters` fill its `?` in order. Hashable, so that its answer can be cached."""

    sql: str
    parameters: tuple[object, ...] = ()


@dataclass(frozen=True)
class Source:
    """One open snapshot, as a page uses it."""

    snapshot: Snapshot

    @property
    def manifest(self) -> Manifest:
        return self.snapshot.manifest

    def missing(self) -> list[str]:
        """Columns of the marts, as `mart.column`, that the snapshot lacks: a version before ours published it."""
        known = self.frame(Query("select table_name, column_name from information_schema.columns"))
        found = set(zip(known["table_name"], known["column_name"], strict=True))
        published = [(mart.name, column) for mart in PUBLISHED.values() for column in mart.names]
        return [".".join(column) for column in published if column not in found]

    def frame(self, query: Query) -> pd.DataFrame:
        """The answer, cached. Whole numbers stay whole where some are missing: `Int64`, never a float."""
        return _answer(query.sql, query.parameters, self.snapshot.snapshot_id, self.snapshot)

    def row(self, query: Query) -> dict[str, Any]:
        """The answer's first row by column; a missing value is None. Raises IndexError where there is no row."""
        return self.rows(query)[0]

    def rows(self, query: Query) -> list[dict[str, Any]]:
        """The answer as plain values; a missing one is None."""
        frame = self.frame(query).astype(object)
        records = frame.where(frame.notna(), None).to_dict("records")
        return [{str(name): value for name, value in record.items()} for record in records]

    def fresh(self, query: Query) -> pd.DataFrame:
        """The answer, not cached: for downloads, which are large and asked for once."""
        return as_frame(self.snapshot.query(query.sql, query.parameters))


def current_source(settings: Settings) -> Source:
    """The snapshot that is current now. Raises NoSnapshot, DamagedSnapshotError."""
    return Source(_opened(str(current_folder(settings.published))))


def operations(settings: Settings) -> OperationsStore:
    """The operations store, migrated if need be. Raises StoreUnavailableError."""
    return _operations(settings.database_url)


def as_frame(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as pandas, its integers nullable and exact."""
    frame: pd.DataFrame = table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return frame


def _open(folder: str) -> Snapshot:
    return Snapshot.open(Path(folder))


def _answer_of(
    sql: str,
    parameters: Sequence[object],
    snapshot_id: str,  # noqa: ARG001 - part of the cache's key, as every name without an underscore
    _snapshot: Snapshot,
) -> pd.DataFrame:
    return as_frame(_snapshot.query(sql, parameters))


def _open_store(url: str) -> OperationsStore:
    return open_operations(url, now=now())


# A reader may still be in an older snapshot when its entry is pushed out, so nothing is closed here.
_opened: Callable[[str], Snapshot] = st.cache_resource(max_entries=3, show_spinner=False)(_open)
_operations: Callable[[str], OperationsStore] = st.cache_resource(max_entries=2, show_spinner=False)(_open_store)
_answer: Callable[[str, Sequence[object], str, Snapshot], pd.DataFrame] = st.cache_data(
    max_entries=400, show_spinner=False
)(_answer_of)
