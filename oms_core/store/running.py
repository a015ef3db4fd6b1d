"""Which run works in a home now, and so which of those that have no end on record died.

Belongs here: the lock that a run holds from its first step to its record, and asking it. Does not belong here: whose
turn it is (`pipelines.turn`: other commands than runs take turns, too), the record itself (`operations.runs`).

The lock ends with its process, however that ends: no run is called dead for taking long, or alive for having begun.
Whoever looks takes it shared for a moment, so that looking never refuses a run; a run that begins then waits as long.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from oms_core.store.operations import OperationsStore, Run
from oms_core.store.operations.runs import WHY_DIED

_LOCK_NAME = "working.lock"


@contextmanager
def at_work(home: Path, run_id: str) -> Iterator[None]:
    """Be the run that works in a home's folder, while the body runs. One at a time: the caller holds the home."""
    with (home / _LOCK_NAME).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(run_id)
        file.flush()
        yield


def working_run(home: Path) -> str | None:
    """The run that works in a home's folder now."""
    try:
        file = (home / _LOCK_NAME).open()
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return file.read()
    return None


def latest_runs(store: OperationsStore, home: Path, limit: int = 20) -> list[Run]:
    """The latest started runs first. One that has no end, and does not work in the home any more, died.

    A run is on record before its lock is free, and its lock is held before it is on record: so what had no end before
    the lock was asked, and has none after, will never have one.
    """
    runs = store.runs(limit)
    endless = {run.run_id for run in runs if run.state == "running"} - {working_run(home)}
    if not endless:
        return runs
    return [
        replace(run, state="died", summary={"failures": [WHY_DIED]})
        if run.state == "running" and run.run_id in endless
        else run
        for run in store.runs(limit)
    ]
