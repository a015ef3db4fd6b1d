"""The record of runs: when each began and ended, what it made, how long its stages took.

Belongs here: writing and reading that record. Does not belong here: running anything (`pipelines`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from oms_core.store.operations.schema import RUNS

#: Stages in their usual order, by the name of their step, in words for people.
STAGES = {
    "landing": "take in files",
    "raw_received": "load what is new",
    "raw__supply_orders": "order what was accepted",
    "raw__policies": "read policies",
    "ground": "model orders, stock and demand",
    "demand_forecast": "forecast demand",
    "safety_stock": "set safety stock",
    "allocations": "allocate open lines",
    "raw__pegs": "peg what waits to supply",
    "raw__replenishment": "propose purchases and transfers",
    "raw__exports": "write export documents",
    "decisions": "model decisions and levels",
    "snapshot": "publish the snapshot",
    "releases": "order what rules release",
}
STATES = ("running", "succeeded", "failed", "died")
#: Those that need somebody.
BROKEN = ("failed", "died")
#: The one failure of a run that died.
WHY_DIED = "killed before its end, or its machine went down. Nothing is lost: run again"


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `stage_seconds` by stage; `snapshot_id` None until published.

    `state`: one of `STATES`; `died` is a run that will never have an end. What it takes as now, and the hash that is
    its id, are known once it has looked into the inbox: on record it bears the id of its process and no `as_of` until
    its end, and for good where it died.
    """

    run_id: str
    as_of: datetime | None
    started_at: datetime
    state: str = "running"
    finished_at: datetime | None = None
    snapshot_id: str | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    stage_seconds: Mapping[str, float] = field(default_factory=dict)


def begin(connection: sa.Connection, process_id: str, started_at: datetime) -> None:
    """Enter a run that begins. Whoever has no end by now never will: one run works at a time, and the caller is it.
    Needs a writing transaction."""
    died = {"state": "died", "summary": {"failures": [WHY_DIED]}}
    connection.execute(sa.update(RUNS).where(RUNS.c.state == "running").values(died))
    record(connection, Run(process_id, None, started_at))


def end(connection: sa.Connection, process_id: str, run: Run | None) -> None:
    """Enter what a run that had begun came to; None: nothing that is to be on record. Needs a writing transaction."""
    connection.execute(sa.delete(RUNS).where(RUNS.c.run_id == process_id))
    if run is not None:
        record(connection, run)


def record(connection: sa.Connection, run: Run) -> None:
    """Enter a run, or replace what is known of it. Needs a writing transaction."""
    if run.state not in STATES:
        raise ValueError(f"a run is {', '.join(STATES)}, not {run.state!r}")
    connection.execute(sa.delete(RUNS).where(RUNS.c.run_id == run.run_id))
    connection.execute(sa.insert(RUNS), [asdict(run)])


def latest(connection: sa.Connection, limit: int) -> list[Run]:
    """The latest started runs first."""
    query = sa.select(RUNS).order_by(RUNS.c.started_at.desc(), RUNS.c.run_id).limit(limit)
    return [Run(**row._mapping) for row in connection.execute(query)]
