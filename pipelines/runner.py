"""One run of a job in this process: the same definitions that Dagster schedules, with their outcome as data.

Belongs here: executing. Does not belong here: a run's outcome and its record (`recording`), how it is shown (`cli`).
"""

from __future__ import annotations

import gc
import os
from datetime import date
from typing import TYPE_CHECKING, Any

from oms_core.store.operations import open_operations
from oms_core.store.running import latest_runs
from pipelines.home import Home, wall_clock
from pipelines.modelling.building import ensure_manifest, warm_up
from pipelines.modelling.warehouse import kept_open
from pipelines.ticket import refuse_earlier
from pipelines.turn import OURS, exclusive

if TYPE_CHECKING:
    import dagster as dg

    from pipelines.recording import Outcome

_FIRST_DAGSTER_YAML = """\
telemetry:
  enabled: false
concurrency:
  pools:
    default_limit: 1
"""
_WITH_EVENT_LOG = (
    _FIRST_DAGSTER_YAML
    + """\
event_log_storage:
  module: pipelines.event_log
  class: EventLog
"""
)
#: No invitation to Dagster's community over the pages of a machine that reaches nobody.
_WITHOUT_INVITATION = (
    _WITH_EVENT_LOG
    + """\
nux:
  enabled: false
"""
)
#: A run that is killed keeps its place in the pool, and every later one would queue for it. That its daemon gives the
#: place back is all that this is for: the times in which a run has to begin and to stop are those of a slow machine.
DAGSTER_YAML = (
    _WITHOUT_INVITATION
    + """\
run_monitoring:
  enabled: true
  start_timeout_seconds: 900
  cancel_timeout_seconds: 900
  poll_interval_seconds: 60
  free_slots_after_run_end_seconds: 30
"""
)
#: What homes of earlier versions have; only these are replaced, never what somebody wrote.
_EARLIER_DAGSTER_YAMLS = (_FIRST_DAGSTER_YAML, _WITH_EVENT_LOG, _WITHOUT_INVITATION)


def prepare_instance(home: Home) -> None:
    """Make the home Dagster's home, and give the assets this home."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    configuration = home.dagster / "dagster.yaml"
    if not configuration.exists() or configuration.read_text(encoding="utf-8") in _EARLIER_DAGSTER_YAMLS:
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
    from pipelines.recording import read_outcome

    # What is imported stays to the end: spare the collector going through it time and again.
    gc.freeze()
    config: dict[str, Any] = {"loggers": {"progress": {"config": {}}}}
    config["ops"] = {"landing": {"config": {"until": until.isoformat() if until else ""}}}
    with exclusive(home), kept_open(home), dg.DagsterInstance.get() as instance:
        # Before anything is received, and no run that failed: the run that stands keeps its record.
        refuse_earlier(home, until)
        bury_dead_runs(home, instance)
        result = defs.resolve_job_def(job).execute_in_process(
            instance=instance,
            run_config=config,
            raise_on_error=False,
            tags={OURS: wall_clock().isoformat()},
        )
        return read_outcome(instance, result.run_id)


def bury_dead_runs(home: Home, instance: dg.DagsterInstance) -> None:
    """Report runs that died, whoever had started them, as failed, and free the warehouse's pool of them: without this,
    the next run would wait for ever for a slot that a dead one holds."""
    with open_operations(home.database_url, now=wall_clock()) as store:
        dead = [run.run_id for run in latest_runs(store, home.root) if run.state == "died"]
    for run in filter(None, map(instance.get_run_by_id, dead)):
        if not run.is_finished:
            instance.report_run_failed(run, "killed before its end; found by its lock")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
