"""Dagster's event log with its files kept open: others read it, and who watches a run is told while it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Event

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from oms_core.store.operations import open_operations
from oms_core.store.running import at_work
from pipelines.event_log import DAYS_KEPT, EventLog, forget_runs
from pipelines.home import Home, wall_clock
from pipelines.runner import DAGSTER_YAML, bury_dead_runs, prepare_instance

PATIENCE_SECONDS = 60


@dg.asset
def _anything() -> None:
    """An asset that leaves nothing but events."""


@pytest.fixture
def instance(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv("OMS_HOME", "")
    prepare_instance(home)
    with dg.DagsterInstance.get() as opened:
        yield opened


def _kept(home: Home, run_id: str) -> list[str]:
    """Types of a run's events as Dagster's own class reads them."""
    storage = SqliteEventLogStorage(str(home.dagster / "history" / "runs"))
    return [record.event_log_entry.dagster_event_type for record in storage.get_records_for_run(run_id).records]


def test_dagsters_own_class_reads_every_event_while_the_files_are_open_and_after(
    home: Home, instance: dg.DagsterInstance
) -> None:
    run_id = dg.materialize([_anything], instance=instance).run_id
    assert isinstance(instance.event_log_storage, EventLog)
    told = [entry.dagster_event_type for entry in instance.all_logs(run_id)]
    assert dg.DagsterEventType.ASSET_MATERIALIZATION in told
    assert _kept(home, run_id) == told
    materialised = instance.get_latest_materialization_event(dg.AssetKey("_anything"))
    assert materialised is not None
    assert materialised.run_id == run_id
    instance.dispose()
    assert _kept(home, run_id) == told
    assert not list((home.dagster / "history" / "runs").glob("*-wal")), "a journal is left: a file is still open"


def test_who_watches_a_run_is_told_of_what_comes(home: Home, instance: dg.DagsterInstance) -> None:
    run_id = dg.materialize([_anything], instance=instance).run_id
    watching, told = SqliteEventLogStorage(str(home.dagster / "history" / "runs")), Event()
    watching.watch(run_id, None, lambda entry, _: told.set() if "and more" in str(entry) else None)
    run = instance.get_run_by_id(run_id)
    assert run is not None
    instance.report_engine_event("and more", run)
    assert told.wait(PATIENCE_SECONDS)
    watching.dispose()


def test_a_run_is_forgotten_with_its_file_after_its_days_and_no_other(home: Home, instance: dg.DagsterInstance) -> None:
    old, young = (dg.materialize([_anything], instance=instance).run_id for _ in range(2))
    made = {run_id: instance.get_run_record_by_id(run_id).create_timestamp for run_id in (old, young)}
    between = made[old] + (made[young] - made[old]) / 2
    assert forget_runs(instance, between + timedelta(days=DAYS_KEPT)) == 1
    assert [run.run_id for run in instance.get_runs()] == [young]
    files = {path.stem for path in (home.dagster / "history" / "runs").glob("*.db")}
    assert files == {"index", young}
    assert instance.all_logs(young)
    assert instance.get_latest_materialization_event(dg.AssetKey("_anything")).run_id == young


def _slots(instance: dg.DagsterInstance) -> int:
    return instance.event_log_storage.get_concurrency_info("warehouse").active_slot_count


def test_a_run_that_died_frees_its_place_in_the_pool_and_one_that_lives_keeps_it(
    home: Home, instance: dg.DagsterInstance
) -> None:
    job = dg.Definitions(assets=[_anything], jobs=[dg.define_asset_job("job")]).resolve_job_def("job")
    run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    instance.event_log_storage.set_concurrency_slots("warehouse", 1)
    instance.event_log_storage.claim_concurrency_slot("warehouse", run.run_id, "_anything")
    with open_operations(home.database_url, now=wall_clock()) as store:
        store.begin_run(run.run_id, wall_clock())
    with at_work(home.root, run.run_id):
        bury_dead_runs(home, instance)
        assert _slots(instance) == 1
    bury_dead_runs(home, instance)
    assert _slots(instance) == 0
    buried = instance.get_run_by_id(run.run_id)
    assert buried is not None
    assert buried.status is dg.DagsterRunStatus.FAILURE


_FIRST = "telemetry:\n  enabled: false\nconcurrency:\n  pools:\n    default_limit: 1\n"
_SECOND = _FIRST + "event_log_storage:\n  module: pipelines.event_log\n  class: EventLog\n"
_THIRD = _SECOND + "nux:\n  enabled: false\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [(_FIRST, DAGSTER_YAML), (_SECOND, DAGSTER_YAML), (_THIRD, DAGSTER_YAML), ("a: b\n", "a: b\n")],
)
def test_an_earlier_versions_configuration_is_brought_up_and_anybodys_own_stays(
    home: Home, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv("OMS_HOME", "")
    (home.dagster / "dagster.yaml").write_text(before, encoding="utf-8")
    prepare_instance(home)
    assert (home.dagster / "dagster.yaml").read_text(encoding="utf-8") == after
