"""One run of a job in this process: the same definitions that Dagster schedules, with their outcome as data.

Belongs here: executing, timing by step, the run's record. Does not belong here: how it is shown (`cli`).
"""

from __future__ import annotations

import gc
import os
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from oms_core.store.operations import Run, open_operations
from oms_core.store.snapshots import Snapshot
from pipelines.home import Home, wall_clock
from pipelines.modelling.building import ensure_manifest, warm_up
from pipelines.modelling.warehouse import kept_open
from pipelines.ticket import refuse_earlier, ticket_of
from pipelines.turn import OURS, exclusive

if TYPE_CHECKING:
    import dagster as dg

#: What homes of earlier versions have; only that is replaced, never what somebody wrote.
_EARLIER_DAGSTER_YAML = """\
telemetry:
  enabled: false
concurrency:
  pools:
    default_limit: 1
"""
DAGSTER_YAML = (
    _EARLIER_DAGSTER_YAML
    + """\
event_log_storage:
  module: pipelines.event_log
  class: EventLog
"""
)


@dataclass(frozen=True)
class Outcome:
    """What a run did. `failures` are sentences; `seconds` are by step, in order of execution."""

    process_id: str
    succeeded: bool
    failures: list[str]
    seconds: dict[str, float]


def prepare_instance(home: Home) -> None:
    """Make the home Dagster's home, and give the assets this home."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    configuration = home.dagster / "dagster.yaml"
    if not configuration.exists() or configuration.read_text(encoding="utf-8") == _EARLIER_DAGSTER_YAML:
        configuration.write_text(DAGSTER_YAML, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    os.environ["OMS_HOME"] = str(home.root)


def execute(home: Home, job: str = "daily", until: date | None = None) -> Outcome:
    """Run a job to its end. A failing step is an outcome, not an exception.

    Raises HomeError where another run works in the home, or one of a later day than `until` has.
    """
    prepare_instance(home)
    ensure_manifest()
    warm_up()
    import dagster as dg

    from pipelines.definitions import defs

    # What is imported stays to the end: spare the collector going through it time and again.
    gc.freeze()
    config: dict[str, Any] = {"loggers": {"progress": {"config": {}}}}
    config["ops"] = {"landing": {"config": {"until": until.isoformat() if until else ""}}}
    with exclusive(home), kept_open(home), dg.DagsterInstance.get() as instance:
        # Before anything is received, and no run that failed: the run that stands keeps its record.
        refuse_earlier(home, until)
        _bury_killed_runs(instance)
        result = defs.resolve_job_def(job).execute_in_process(
            instance=instance,
            run_config=config,
            raise_on_error=False,
            tags={OURS: wall_clock().isoformat()},
        )
    return Outcome(result.run_id, result.success, _failures(result), _seconds(result))


def _bury_killed_runs(instance: dg.DagsterInstance) -> None:
    """Report runs of ours that were killed as failed, and free the warehouse's pool of them.

    Who holds the home's lock knows that no other run of `oms run` is alive; without this, the next run would wait for
    ever for a slot that a dead one holds. Runs of Dagster's own daemon bear no tag of ours and are left alone.
    """
    import dagster as dg

    unfinished = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
    for run in instance.get_runs(unfinished):
        if OURS in run.tags:
            instance.report_run_failed(run, "killed before its end; found by the next run")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def _failures(result: Any) -> list[str]:
    failures = []
    for event in result.all_events:
        if event.event_type_value == "STEP_FAILURE":
            failures.append(f"{event.step_key}: {_root_cause(event.step_failure_data.error)}")
        if event.event_type_value == "ASSET_CHECK_EVALUATION":
            check = event.asset_check_evaluation_data
            if not check.passed and check.severity.value == "ERROR":
                details = "; ".join(_texts(check.metadata))
                failures.append(
                    f"{check.asset_key.to_user_string()}: check {check.check_name} failed. {details}".rstrip()
                )
    return failures


def _texts(metadata: dict[str, Any]) -> list[str]:
    values = [getattr(value, "value", value) for value in metadata.values()]
    return [str(item) for value in values for item in (value if isinstance(value, list) else [value])]


def _root_cause(error: Any) -> str:
    while error.cause is not None:
        error = error.cause
    return str(error.message).strip()


def _seconds(result: Any) -> dict[str, float]:
    return {
        event.step_key: event.step_success_data.duration_ms / 1000
        for event in result.all_events
        if event.event_type_value == "STEP_SUCCESS"
    }


def record(home: Home, outcome: Outcome, started: datetime, finished: datetime) -> None:
    """Note the run in the operations store, where pages and `oms status` find it, whether it succeeded or not."""
    ticket = ticket_of(home, outcome.process_id)
    manifest = Snapshot.current(home.published).manifest if outcome.succeeded else None
    with open_operations(home.database_url, now=finished) as store:
        store.record_run(
            Run(
                run_id=ticket.run_id,
                as_of=ticket.as_of,
                started_at=started,
                finished_at=finished,
                state="succeeded" if outcome.succeeded else "failed",
                snapshot_id=manifest.snapshot_id if manifest else None,
                summary=manifest.summary if manifest else {"failures": outcome.failures},
                stage_seconds=outcome.seconds,
            )
        )
