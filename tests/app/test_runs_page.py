"""The page of runs: what each made, why one failed, what was set aside, and what a forecast alarms about."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from oms_core.store.held import Held
from oms_core.store.operations import Run, open_operations
from oms_core.store.running import at_work
from tests.app.reading import Opener, assert_in_order, metric, text_of


def test_an_alarm_of_the_forecast_is_told_in_words(open_page: Opener) -> None:
    warning, silence = open_page("runs", section="Forecasts").warning
    assert warning.value == "Class A, newest week of back-tests: totals were forecast 21.0 % too low."
    assert silence.value.startswith("WH-1: nothing was sold on 3 days of the last 28")


def test_a_failed_run_is_told_with_its_reason(home: Path, open_page: Opener) -> None:
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        started = datetime.now(UTC)
        store.record_run(
            Run("run-3", started, started, "failed", started, summary={"failures": ["gate of web_orders"]})
        )
    for query in ({}, {"run": "run-3"}):
        app = open_page("runs", **query)
        assert [element.value for element in app.exception] == []
        assert "gate of web\\_orders" in app.error[0].value
    assert "No proof of it has been made" in text_of(app)
    listed = open_page("runs", state="failed").dataframe[0].value
    assert list(listed["run_id"]) == ["run-3"]


def test_a_run_under_way_is_told_as_one_and_as_dead_once_its_lock_is_free(home: Path, open_page: Opener) -> None:
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        store.begin_run("process-1", datetime.now(UTC))
    with at_work(home, "process-1"):
        app = open_page("runs")
        assert app.dataframe[0].value["state"].iloc[0] == "running"
        assert not app.error
        assert open_page("runs", run="process-1").subheader[0].value == "Run: running"
    for app in (open_page("runs"), open_page("runs", run="process-1")):
        assert [element.value for element in app.exception] == []
        assert "run again" in app.error[0].value
    assert list(open_page("runs", state="died").dataframe[0].value["run_id"]) == ["process-1"]
    assert "killed before its end" in open_page("today").dataframe[0].value["why"].iloc[0]


def test_a_run_says_which_feeds_a_held_file_stopped_and_one_under_way_hides_no_failure(
    home: Path, open_page: Opener
) -> None:
    began = datetime.now(UTC)
    stopped = [{"stopped_feed": "web_orders", "stopped_by": "half.csv", "reason_code": "gate_failed"}]
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=began) as store:
        store.record_run(Run("run-2", began, began, "succeeded", began, summary={"stopped": stopped}))
        assert "web\\_orders by half\\.csv" in open_page("runs", run="run-2").warning[0].value
        then = began + timedelta(seconds=1)
        store.record_run(Run("run-3", then, then, "failed", then, summary={"failures": ["no room left"]}))
        store.begin_run("process-4", began + timedelta(minutes=1))
    with at_work(home, "process-4"):
        assert "no room left" in open_page("runs").error[0].value


def test_where_only_failed_runs_have_been_every_page_says_why(home: Path, open_page: Opener) -> None:
    shutil.rmtree(home / "published")
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        started = datetime.now(UTC)
        store.record_run(
            Run("run-3", started, started, "failed", started, summary={"failures": ["gate of web_orders"]})
        )
    for folder in ("today", "runs", "orders"):
        app = open_page(folder)
        assert [element.value for element in app.exception] == []
        assert "none before it has published" in app.error[0].value
        assert "gate of web\\_orders" in app.error[0].value
        assert "Nothing is published yet" in app.info[0].value
    assert "Add yourself first, as admin" in text_of(open_page("people"))  # who is to mend it may be added before


def test_a_run_is_opened_with_what_it_made_and_leads_to_what_it_decided(open_page: Opener) -> None:
    app = open_page("runs", run="run-000000000002")
    assert_in_order(app)
    assert "published `2026-06-01-synthetic0`" in text_of(app)
    assert metric(app, "Documents")[0] == "2"


def test_what_was_set_aside_is_found_by_file_rule_and_day_and_told_in_words(open_page: Opener) -> None:
    rows = open_page("runs", section="Set aside").dataframe[0].value
    assert not rows["reason_code"].str.contains("_").any()
    name, rule = rows["file_name"].iloc[0], rows["reason_code"].iloc[0]
    found = open_page("runs", section="Set aside", find=name.upper(), rule=rule).dataframe[0].value
    assert set(found["file_name"]) == {name}
    assert set(found["reason_code"]) == {rule}
    app = open_page("runs", section="Set aside", since="2030-01-01")
    assert "No record that was set aside is like that" in text_of(app)


def test_a_file_that_stops_its_feed_is_told_with_what_lets_it_go_on(home: Path, open_page: Opener) -> None:
    folder = home / "quarantine" / "web_orders" / "held"
    folder.mkdir(parents=True)
    held = Held("web_orders", "half.csv", "c0ffee" * 10, "gate_failed", "half of it is missing")
    (folder / "half.json").write_text(held.to_json(), encoding="utf-8")
    app = open_page("runs", section="Set aside")
    assert "1 file stops its feed" in app.error[0].value
    assert list(app.dataframe[0].value["command"]) == ["oms quarantine discard c0ffeec0ffee"]
