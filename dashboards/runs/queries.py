"""What the page of runs and data quality asks of the snapshot, and the frames made of runs and manifests.

Belongs here: its queries and pure functions. Does not belong here: their look (`page`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import pandas as pd

from dashboards.parts.search import Conditions
from dashboards.source import Query
from oms_core.store.held import Held
from oms_core.store.operations import Run
from oms_core.store.operations.runs import STAGES
from oms_core.store.published.snapshots import Manifest

FEEDS = Query("""
    select feed, count(*)::bigint as files, sum(record_count)::bigint as record_count,
           sum(accepted_count)::bigint as accepted_count, sum(duplicate_count)::bigint as duplicate_count,
           sum(superseded_count)::bigint as superseded_count, sum(quarantined_count)::bigint as quarantined_count,
           max(known_at) as last_known_at, sum(size_bytes)::bigint as size_bytes
    from rpt_feed_files group by feed order by feed""")
REASONS = Query("""
    select reason_code, count(*)::bigint as records from rpt_quarantine
    group by reason_code order by records desc, reason_code""")


@dataclass(frozen=True)
class Received:
    """Which files, or records that were set aside; None or nothing for all. `find` is part of a file's name, or of why
    a record was set aside; `is_set_aside`: only files of which something was."""

    find: str = ""
    feed: str | None = None
    since: date | None = None
    reason_code: str | None = None
    is_set_aside: bool = False

    def conditions(self, *texts: str) -> Conditions:
        """As SQL; what was typed is looked for in these columns, and is a parameter."""
        found = Conditions()
        if typed := self.find.strip():
            anywhere = " or ".join(f"contains(lower({column}), lower(?))" for column in texts)
            found = found.also(f"({anywhere})", *[typed] * len(texts))
        for column in ("feed", "reason_code"):
            if getattr(self, column):
                found = found.also(f"{column} = ?", getattr(self, column))
        if self.since is not None:
            found = found.also("known_at >= ?", datetime.combine(self.since, time.min, UTC))
        return found.also("quarantined_count > 0") if self.is_set_aside else found


#: What tells rows of the lists apart, and how they may be ordered beside by their columns.
FILE_KEY, SET_ASIDE_KEY = "feed, file_name, file_sha256", "feed, file_name, file_sha256, row_number, reason_code"
FILE_ORDERS = {"latest received": f"known_at desc, {FILE_KEY}"}
SET_ASIDE_ORDERS = {"latest received": f"known_at desc, {SET_ASIDE_KEY}"}


def files(wanted: Received) -> Query:
    """Received files."""
    return _of("select *", "rpt_feed_files", wanted.conditions("file_name"))


def file_count(wanted: Received) -> Query:
    """How many they are."""
    return _of("select count(*)::bigint as rows", "rpt_feed_files", wanted.conditions("file_name"))


def set_aside(wanted: Received) -> Query:
    """Records set aside."""
    return _of("select *", "rpt_quarantine", wanted.conditions("file_name", "reason"))


def set_aside_count(wanted: Received) -> Query:
    """How many they are."""
    return _of("select count(*)::bigint as rows", "rpt_quarantine", wanted.conditions("file_name", "reason"))


def _of(select: str, mart: str, where: Conditions) -> Query:
    return Query(f"{select} from {mart} {where.where}", where.parameters)


def held_table(held: Iterable[Held]) -> pd.DataFrame:
    """One row a file that stops its feed, with the command that lets it go on."""
    rows = [(one.feed, one.file_name, one.reason, f"oms quarantine discard {one.file_sha256[:12]}") for one in held]
    return pd.DataFrame(rows, columns=["feed", "file_name", "reason", "command"])


def accuracy(run_id: str) -> Query:
    """Mean accuracy by segment, model and metric over all back-tests known, and over how many origins."""
    return Query(
        """
    with latest as (
        select *, max(series_count) over () as most from fct_forecast_accuracy
        where model <> 'demand'
        qualify row_number() over (
            partition by origin_date, model, segment, metric
            order by run_id = ? desc,
                     run_id in (select run_id from fct_safety_stock where is_current) desc, run_id) = 1)
    select segment, model, metric, avg(value) as value, count(distinct origin_date)::bigint as origins,
           max(series_count)::bigint as series_count
    from latest group by segment, model, metric order by segment <> 'all', length(segment), segment, model, metric""",
        (run_id,),
    )


FORECAST_ALARMS = Query(
    """
    select kind, segment, value, limit_value from rpt_forecast_alarms order by segment = 'all' desc, segment, kind"""
)


def segment(name: str) -> str:
    """A segment of series in words."""
    return "all series" if name == "all" else f"class {name}" if len(name) == 1 else name


def accuracy_table(accuracy: pd.DataFrame) -> pd.DataFrame:
    """One row a segment and model with a column a metric, in the order given; `gain` over seasonal naive's SPL."""
    keys = ["segment", "model"]
    wide = accuracy.pivot_table(index=keys, columns="metric", values="value", sort=False).reset_index()
    wide = wide.reindex(columns=[*keys, "spl", "wape", "bias", "coverage_90"])
    naive = wide[wide["model"] == "seasonal_naive"].set_index("segment")["spl"]
    return wide.assign(gain=1 - wide["spl"] / wide["segment"].map(naive)).rename_axis(columns=None)


def runs_table(runs: Iterable[Run]) -> pd.DataFrame:
    """One row a run: when, how long, what it made."""
    return pd.DataFrame([_run_row(run) for run in runs], columns=list(_RUN_COLUMNS))


def found_runs(runs: pd.DataFrame, find: str, state: str | None) -> pd.DataFrame:
    """Those of a table of runs that are in a state, and of whose day, id or snapshot the text is a part."""
    days = pd.to_datetime(runs["as_of"], utc=True).dt.strftime("%Y-%m-%d").fillna("")
    texts = runs["run_id"] + " " + runs["snapshot_id"].fillna("") + " " + days
    is_found = texts.str.contains(find.strip().lower(), regex=False)
    found: pd.DataFrame = runs[is_found & (runs["state"] == state)] if state else runs[is_found]
    return found.reset_index(drop=True)


_RUN_COLUMNS = (
    *("run_id", "state", "as_of", "started_at", "seconds", "files", "records", "quarantined"),
    *("allocated", "backordered", "held", "documents", "snapshot_id"),
)


def _run_row(run: Run) -> dict[str, Any]:
    files, decided = run.summary.get("files", {}), run.summary.get("decided", {})
    return {
        "run_id": run.run_id,
        "state": run.state,
        "as_of": run.as_of,
        "started_at": run.started_at,
        "seconds": (run.finished_at - run.started_at).total_seconds() if run.finished_at else None,
        "files": files.get("files"),
        "records": files.get("records"),
        "quarantined": files.get("quarantined"),
        **{name: decided.get(name) for name in ("allocated", "backordered", "held")},
        "documents": run.summary.get("exported", {}).get("documents"),
        "snapshot_id": run.snapshot_id,
    }


def stages_table(stage_seconds: Mapping[str, float]) -> pd.DataFrame:
    """One row a stage, by name for people, the longest first."""
    stages = [(STAGES.get(name, name.replace("_", " ")), seconds) for name, seconds in stage_seconds.items()]
    frame = pd.DataFrame(stages, columns=["stage", "seconds"])
    return frame.sort_values(["seconds", "stage"], ascending=[False, True], ignore_index=True)


def proofs_table(summary: Mapping[str, Any]) -> pd.DataFrame:
    """One row a proof of the run: what it states, and how many rows break it; the broken ones first."""
    columns = ["statement", "offending_rows", "is_error", "name"]
    frame = pd.DataFrame(summary.get("proofs", []), columns=columns)
    return frame.sort_values(["offending_rows", "name"], ascending=[False, True], ignore_index=True)


def snapshots_table(manifests: Iterable[Manifest], current: str) -> pd.DataFrame:
    """One row a snapshot that is still kept."""
    rows = [
        {
            "snapshot_id": manifest.snapshot_id,
            "is_current": manifest.snapshot_id == current,
            "as_of": manifest.as_of,
            "published_at": manifest.published_at,
            "run_id": manifest.run_id,
            "rows": sum(entry.rows for entry in manifest.tables.values()),
            "bytes": sum(entry.bytes for entry in manifest.tables.values()),
        }
        for manifest in manifests
    ]
    return pd.DataFrame(rows)


def tables_table(manifest: Manifest) -> pd.DataFrame:
    """One row a table of a snapshot."""
    rows = [
        {
            "table": table,
            "rows": manifest.rows(table),
            "bytes": sum(manifest.tables[name].bytes for name in names),
        }
        for table, names in manifest.files.items()
    ]
    return pd.DataFrame(rows, columns=["table", "rows", "bytes"])
