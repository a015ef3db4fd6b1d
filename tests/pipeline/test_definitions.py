"""The graph as Dagster sees it: whole, in order, and closed by its checks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import dagster as dg
import pytest

from oms_core.contracts import DECIDED, PUBLISHED, RECEIVED
from oms_core.store.operations import open_operations
from pipelines import resources, sensors
from pipelines.home import PROFILES, Home, create_home, wall_clock
from pipelines.modelling.building import ensure_manifest
from pipelines.reception.landing import land_inbox
from pipelines.resources import HomeResource
from pipelines.sensors import inbox_fingerprint, inbox_sensor, wave_sensor
from pipelines.turn import OURS, exclusive
from tests.app.synthetic import RUN, write_home


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    ensure_manifest()
    from pipelines.definitions import build_defs

    return build_defs()


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> Any:
    return definitions.resolve_asset_graph()


@dg.asset
def _decide(oms: HomeResource) -> None:
    (oms.home.root / "decided").touch()


@dg.asset(deps=[_decide])
def snapshot(oms: HomeResource) -> None:
    if (oms.home.root / "broken").exists():
        raise ValueError("the gate is shut")


def _run(home: Home, tags: dict[str, str]) -> Thread:
    ours = {"oms": HomeResource(root=str(home.root))}
    thread = Thread(target=lambda: dg.materialize([_decide], resources=ours, tags=tags), daemon=True)
    thread.start()
    return thread


def _publish(home: Home, tags: dict[str, str]) -> None:
    ours = {"oms": HomeResource(root=str(home.root))}
    dg.materialize([_decide, snapshot], resources=ours, tags=tags, raise_on_error=False)


@pytest.mark.parametrize("tags", [{}, {OURS: "now"}])
def test_a_run_is_on_record_whoever_started_it_and_however_it_ended(
    home: Home, till: Callable[..., Path], tags: dict[str, str]
) -> None:
    write_home(home.root)
    till("2026-05-30", [("R1", "SKU-1", "1", "1.00")])
    land_inbox(home, datetime(2026, 6, 1, 12, tzinfo=UTC))
    for reason in ("the gate is shut", None):
        (home.root / "broken").touch() if reason else (home.root / "broken").unlink()
        _publish(home, tags)
        with open_operations(home.database_url, now=wall_clock()) as store:
            last, synthetic = store.runs()
        assert synthetic.run_id == RUN
        assert last.state == ("failed" if reason else "succeeded")
        assert last.summary.get("failures") == ([f"snapshot: ValueError: {reason}"] if reason else None)
        assert list(last.stage_seconds) == (["_decide"] if reason else ["_decide", "snapshot"])


def test_an_asset_made_by_itself_is_no_run(home: Home) -> None:
    _run(home, {}).join(60)
    with open_operations(home.database_url, now=wall_clock()) as store:
        assert store.runs() == []


def test_a_run_of_the_daemon_waits_while_another_works_in_the_home(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    waits, real = Event(), resources.exclusive

    def noticing(target: Home, on_wait: Callable[[str], None]) -> Any:
        def told(message: str) -> None:
            on_wait(message)
            waits.set()

        return real(target, told)

    monkeypatch.setattr(resources, "exclusive", noticing)
    decided = home.root / "decided"
    with exclusive(home):
        thread = _run(home, {})
        assert waits.wait(60)
        assert not decided.exists()
    thread.join(60)
    assert decided.exists()


def test_a_run_that_holds_the_home_itself_does_not_wait_for_itself(home: Home) -> None:
    with exclusive(home):
        _run(home, {OURS: "now"}).join(60)
        assert (home.root / "decided").exists()


def test_the_graph_loads_as_dagsters_own_server_loads_it(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_every_landed_table_and_every_mart_is_an_asset(graph: Any) -> None:
    keys = graph.get_all_asset_keys()
    assert {dg.AssetKey(["raw", contract.name]) for contract in (*RECEIVED, *DECIDED)} <= keys
    assert {dg.AssetKey(name) for name in PUBLISHED} <= keys


def test_the_snapshot_comes_after_every_mart_and_every_mart_after_the_inbox(graph: Any) -> None:
    snapshot = graph.get(dg.AssetKey("snapshot"))
    assert snapshot.parent_keys == {dg.AssetKey(name) for name in PUBLISHED}
    ancestors = graph.get_ancestor_asset_keys(dg.AssetKey("fct_order_lines"))
    assert dg.AssetKey("landing") in ancestors
    assert dg.AssetKey(["raw", "exports"]) in ancestors


def test_each_step_that_writes_the_warehouse_is_in_its_pool(definitions: dg.Definitions) -> None:
    for assets in definitions.assets or ():
        assert isinstance(assets, dg.AssetsDefinition)
        assert assets.op.pool == "warehouse", assets.op.name


def test_models_and_landing_carry_checks_that_block(graph: Any) -> None:
    keys = {key.to_user_string() for key in graph.asset_check_keys}
    assert "landing:gates_passed" in keys
    assert any("postings_of_a_movement_sum_to_zero" in key for key in keys)
    assert len(keys) > 40


def test_the_allocation_job_leaves_forecasts_and_levels_alone(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("allocation")
    steps = {node.name for node in job.nodes}
    assert "demand_forecast" not in steps
    assert "safety_stock" not in steps
    assert {"landing", "ground", "allocations", "raw__exports", "decisions", "snapshot"} <= steps


def test_both_schedules_and_the_sensors_target_their_jobs(definitions: dg.Definitions) -> None:
    schedules = {schedule.name: schedule.job_name for schedule in definitions.schedules or ()}
    assert schedules == {"daily_at_five": "daily", "allocation_waves": "allocation"}
    sensors = {one.name: one.job_name if one.has_jobs else None for one in definitions.sensors or ()}
    assert sensors == {"inbox": "allocation", "waves": "wave", "fetch": None}


def test_the_sensor_asks_for_one_run_a_set_of_files(
    home: Home, till: Callable[..., Path], definitions: dg.Definitions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMS_HOME", str(home.root))
    sensor = inbox_sensor(definitions.resolve_job_def("allocation"))
    assert isinstance(sensor(dg.build_sensor_context()), dg.SkipReason)
    till("2026-05-30", [("R1", "SKU-1", "1", "1.00")])
    first, again = sensor(dg.build_sensor_context()), sensor(dg.build_sensor_context())
    assert isinstance(first, dg.RunRequest)
    assert isinstance(again, dg.RunRequest)
    assert first.run_key == again.run_key == inbox_fingerprint(home)
    till("2026-05-31", [("R2", "SKU-1", "1", "1.00")])
    assert inbox_fingerprint(home) != first.run_key


def test_a_wave_that_has_come_is_a_partition_whose_one_run_says_whom_it_tells(
    definitions: dg.Definitions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    create_home(home, PROFILES["demo"], {})
    write_home(home.root)
    monkeypatch.setenv("OMS_HOME", str(home.root))
    job = definitions.resolve_job_def("wave")
    sensor = wave_sensor(job)

    def ask(now: str, waves: str) -> Any:
        home.sourcing_rules_path.write_text(f"waves: {{{waves}}}", encoding="utf-8")
        monkeypatch.setattr(sensors, "wall_clock", lambda: datetime.fromisoformat(now))
        return sensor(dg.build_sensor_context())

    assert isinstance(ask("2026-06-01T12:01Z", ""), dg.SkipReason)
    both = 'warehouse: {at: ["14:00"]}, ST-1: {at: ["09:00"]}'
    first, again = ask("2026-06-01T12:01Z", both), ask("2026-06-01T15:00Z", both)
    (request,), (repeated,) = first.run_requests, again.run_requests
    assert request.run_key == repeated.run_key
    assert request.partition_key == "2026-06-01T12:00Z"
    assert request.tags == {"oms/places": "WH-1, WH-2"}
    assert ask("2026-06-02T07:30Z", both).run_requests[0].tags == {"oms/places": "ST-1"}
    with dg.DagsterInstance.ephemeral() as instance:
        (added,) = first.dynamic_partitions_requests
        instance.add_dynamic_partitions(added.partitions_def_name, list(added.partition_keys))
        assert job.partitions_def.get_partition_keys(dynamic_partitions_store=instance) == [request.partition_key]


def test_before_the_first_run_no_wave_starts_one(
    definitions: dg.Definitions, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.sourcing_rules_path.write_text('waves: {"*": {at: ["14:00"]}}', encoding="utf-8")
    monkeypatch.setenv("OMS_HOME", str(home.root))
    sensor = wave_sensor(definitions.resolve_job_def("wave"))
    assert isinstance(sensor(dg.build_sensor_context()), dg.SkipReason)
