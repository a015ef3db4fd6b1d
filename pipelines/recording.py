"""A run's outcome, read from the events that Dagster keeps of it, and its record for people.

Belongs here: noting that a run has begun, whoever started it, and what its events say of it. Does not belong here:
executing (`runner`), how it is shown (`cli`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dagster as dg

from oms_core.store.operations import Run, open_operations
from oms_core.store.published.snapshots import Snapshot
from oms_core.store.running import at_work
from pipelines.home import Home, HomeError, wall_clock
from pipelines.ticket import ticket_of

_LAST_STEP = "snapshot"
#: Of a run that somebody ended by Ctrl-C, a signal or Dagster's page: the system's shutting down is such a signal.
_STOPPED = "stopped before its end, by a person or by the system. Nothing is lost: run again"
_TELLING = {
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
}


@dataclass(frozen=True)
class Outcome:
    """What a run did. `failures` are sentences; `seconds` are by step, in order of execution."""

    process_id: str
    failures: list[str]
    seconds: dict[str, float]

    @property
    def published(self) -> bool:
        """Whether it came to its end."""
        return _LAST_STEP in self.seconds


def read_outcome(instance: dg.DagsterInstance, process_id: str) -> Outcome:
    """What a run has done by now. `process_id` is Dagster's id of it."""
    entries = instance.all_logs(process_id, of_type=_TELLING)
    events = [entry.dagster_event for entry in entries if entry.dagster_event is not None]
    return Outcome(process_id, _failures(events), _seconds(events))


@contextmanager
def on_record(home: Home, instance: dg.DagsterInstance, process_id: str) -> Iterator[None]:
    """The body is a run: in the operations store, where pages and `oms status` find it, it is running, then what came
    of it. Of one that dies the lock says so (`oms_core.store.running`). `process_id` is Dagster's id of it; the caller
    holds the home."""
    started = wall_clock()
    with at_work(home.root, process_id):
        with open_operations(home.database_url, now=started) as store:
            store.begin_run(process_id, started)
        try:
            yield
        finally:
            ended = _as_recorded(home, read_outcome(instance, process_id), started, wall_clock())
            with open_operations(home.database_url, now=wall_clock()) as store:
                store.end_run(process_id, ended)


def _as_recorded(home: Home, outcome: Outcome, started: datetime, finished: datetime) -> Run | None:
    """A run that published or failed; None for a process that did neither (one asset that somebody makes anew on
    Dagster's page)."""
    if not outcome.published and not outcome.failures:
        return None
    try:
        ticket = ticket_of(home, outcome.process_id)
    except HomeError:
        return None  # nothing was ever received: such a run has no day
    manifest = Snapshot.current(home.published).manifest if outcome.published else None
    return Run(
        run_id=ticket.run_id,
        as_of=ticket.as_of,
        started_at=started,
        finished_at=finished,
        state="succeeded" if manifest else "failed",
        snapshot_id=manifest.snapshot_id if manifest else None,
        summary=manifest.summary if manifest else {"failures": outcome.failures},
        stage_seconds=outcome.seconds,
    )


def _failures(events: Iterable[dg.DagsterEvent]) -> list[str]:
    failures = []
    for event in events:
        if event.event_type is dg.DagsterEventType.STEP_FAILURE and not _is_failed_check(event):
            failures.append(f"{event.step_key}: {_root_cause(event.step_failure_data.error)}")
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed and check.severity is dg.AssetCheckSeverity.ERROR:
                details = "; ".join(_texts(check.metadata))
                failures.append(
                    f"{check.asset_key.to_user_string()}: check {check.check_name} failed. {details}".rstrip()
                )
    return failures


def _is_failed_check(event: dg.DagsterEvent) -> bool:
    """Whether a step failed only because its check did: the check's own result says more."""
    error = event.step_failure_data.error
    return error is not None and error.cls_name == "DagsterAssetCheckFailedError"  # Dagster exports it nowhere


def _texts(metadata: Any) -> list[str]:
    values = [getattr(value, "value", value) for value in metadata.values()]
    return [str(item) for value in values for item in (value if isinstance(value, list) else [value])]


def _root_cause(error: Any) -> str:
    """The message of the first error of the chain; a HomeError's own, which says what to do, wherever it stands."""
    if error.cls_name == dg.DagsterExecutionInterruptedError.__name__:
        return _STOPPED
    while error.cause is not None and error.cls_name != HomeError.__name__:
        error = error.cause
    message = str(error.message).strip()
    return message.partition(": ")[2] if error.cls_name == HomeError.__name__ else message


def _seconds(events: Iterable[dg.DagsterEvent]) -> dict[str, float]:
    return {
        str(event.step_key): event.step_success_data.duration_ms / 1000
        for event in events
        if event.event_type is dg.DagsterEventType.STEP_SUCCESS
    }
