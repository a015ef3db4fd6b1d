"""Where a home stands, in a dozen facts, read without touching the warehouse."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from oms_core.feeds import load_definitions
from oms_core.store.operations import Run, open_operations
from oms_core.store.operations.outbox_lists import Wanted
from oms_core.store.operations.unreached import find_unreached
from oms_core.store.published.snapshots import NoSnapshot, Snapshot
from oms_core.store.running import latest_runs
from pipelines.home import Home
from pipelines.log import Log
from pipelines.reception.arrivals import find_arrivals, find_unread
from pipelines.reception.originals import list_held


def read_status(home: Home, now: datetime) -> dict[str, Any]:
    """The facts, in the order in which they are shown; plain values."""
    waiting = sum(len(find_arrivals(home, d, now)) for d in load_definitions(home.feeds).values())
    with open_operations(home.database_url, now=now) as store:
        runs = latest_runs(store, home.root, limit=1)
        policy = store.current_policy()
        unsent = store.documents.count(Wanted(state="new"))
        stuck = len(store.stuck(home.partners, now))
        unreached = len(find_unreached(store.trail, home.partners))
    return {
        "home": str(home.root),
        "sends_and_fetches": not home.is_mere_copy,
        "profile": home.config["profile"],
        **_snapshot_facts(home, now),
        "last_run": _told(runs[0]) if runs else "never",
        "policy_version": policy.version,
        "units_in_log": len(Log(home.landing).units),
        "files_waiting": waiting,
        "files_unread": len(find_unread(home)),
        "files_held": len(list_held(home)),
        "documents_unsent": unsent,
        "documents_stuck": stuck,
        "partners_not_fetched": unreached,
    }


def _told(run: Run) -> str:
    if run.finished_at is not None:
        return f"{run.state}, {run.finished_at:%Y-%m-%d %H:%M} UTC"
    since = f"{run.state}, started {run.started_at:%Y-%m-%d %H:%M} UTC"
    return f"{since}: {run.summary['failures'][0]}" if run.state == "died" else since


def _snapshot_facts(home: Home, now: datetime) -> dict[str, Any]:
    try:
        manifest = Snapshot.current(home.published).manifest
    except NoSnapshot:
        return {"snapshot": "none yet: `oms run`"}
    age = now - manifest.published_at
    return {
        "snapshot": manifest.snapshot_id,
        "snapshot_as_of": f"{manifest.as_of:%Y-%m-%d %H:%M} UTC",
        "snapshot_age": f"{age.total_seconds() / 3600:.1f} hours",
    }
