"""Frames and figures that pages make of answers, runs and manifests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from dashboards.orders.charts import moments
from dashboards.runs import queries
from dashboards.today.queries import forecast_score
from oms_core.store.operations import Run

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_the_best_model_is_scored_against_seasonal_naive() -> None:
    score = forecast_score(pd.DataFrame({"model": ["a", "b", "seasonal_naive"], "spl": [0.3, 0.2, 0.5]}))
    assert score is not None
    assert (score.model, score.gain) == ("b", pytest.approx(0.6))


def test_without_seasonal_naive_or_a_model_there_is_no_score() -> None:
    assert forecast_score(pd.DataFrame({"model": ["a"], "spl": [0.3]})) is None
    assert forecast_score(pd.DataFrame({"model": ["seasonal_naive"], "spl": [0.3]})) is None
    assert forecast_score(pd.DataFrame({"model": [], "spl": []})) is None


def test_a_run_is_one_row_with_its_seconds_and_counts() -> None:
    summary = {"files": {"files": 7, "records": 466, "quarantined": 1}, "decided": {"allocated": 3}}
    run = Run("r", NOW, NOW, "succeeded", NOW + timedelta(seconds=42), "s", summary)
    row = queries.runs_table([run]).iloc[0]
    assert (row["seconds"], row["files"], row["allocated"], row["documents"]) == (42.0, 7, 3, None)


def test_a_run_that_goes_on_has_no_seconds_yet() -> None:
    assert queries.runs_table([Run("r", NOW, NOW)]).iloc[0]["seconds"] is None
    assert queries.runs_table([]).empty


def test_stages_are_named_for_people_and_the_longest_comes_first() -> None:
    frame = queries.stages_table({"landing": 2.0, "raw__pegs": 3.0, "of_a_later_version": 1.0})
    assert list(frame["stage"]) == ["peg what waits to supply", "take in files", "of a later version"]


def test_broken_proofs_come_first() -> None:
    proofs = [
        {"name": "a", "statement": "A.", "offending_rows": 0},
        {"name": "b", "statement": "B.", "offending_rows": 2},
    ]
    assert list(queries.proofs_table({"proofs": proofs})["name"]) == ["b", "a"]
    assert queries.proofs_table({}).empty


def test_accuracy_is_one_row_a_segment_and_model_with_the_gain_over_naive() -> None:
    rows = [("all", "m", "spl", 0.2), ("all", "m", "wape", 0.6), ("all", "seasonal_naive", "spl", 0.5)]
    wide = queries.accuracy_table(pd.DataFrame(rows, columns=["segment", "model", "metric", "value"]))
    assert list(wide["gain"]) == [pytest.approx(0.6), 0.0]
    assert list(wide.columns) == ["segment", "model", "spl", "wape", "bias", "coverage_90", "gain"]


def test_an_orders_events_are_counted_by_instant_in_the_order_of_its_life() -> None:
    later = NOW + timedelta(hours=5)
    rows = [("shipped", later, "1", 2), ("placed", NOW, "1", 2), ("placed", NOW, "2", 3), ("held", NOW, "2", 3)]
    events = pd.DataFrame(rows, columns=["event_type", "effective_at", "line_ref", "quantity"])
    frame = moments(events)
    assert list(frame["event_type"]) == ["placed", "held", "shipped"]
    assert list(frame["units"]) == [5, 3, 2]
    assert list(frame["lines"]) == [2, 1, 1]
