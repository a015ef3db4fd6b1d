"""How a run's failures are told: one sentence each, with the file or check that is to blame."""

from __future__ import annotations

import dagster as dg

from pipelines.home import HomeError
from pipelines.recording import read_outcome


def _failures(asset: dg.AssetsDefinition) -> list[str]:
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([asset], instance=instance, raise_on_error=False)
        return read_outcome(instance, result.run_id).failures


def test_a_file_of_the_home_that_cannot_be_followed_is_named() -> None:
    @dg.asset
    def allocation() -> None:
        try:
            int("optimse")
        except ValueError as error:
            raise HomeError(f"sourcing.yaml: line 1: {error}") from error

    assert _failures(allocation) == [
        "allocation: sourcing.yaml: line 1: invalid literal for int() with base 10: 'optimse'"
    ]


def test_a_check_that_stops_a_step_is_told_once() -> None:
    @dg.asset(check_specs=[dg.AssetCheckSpec("gates_passed", asset="landing", blocking=True)])
    def landing() -> dg.MaterializeResult:
        found = dg.AssetCheckResult(
            passed=False, check_name="gates_passed", severity=dg.AssetCheckSeverity.ERROR, metadata={"held": "a.csv"}
        )
        return dg.MaterializeResult(check_results=[found])

    assert _failures(landing) == ["landing: check gates_passed failed. a.csv"]


def test_a_defect_is_told_by_what_went_wrong_first() -> None:
    @dg.asset
    def broken() -> None:
        try:
            {}["sku"]
        except KeyError as error:
            raise RuntimeError("could not go on") from error

    assert _failures(broken) == ["broken: KeyError: 'sku'"]


def test_a_run_that_was_stopped_is_told_in_words() -> None:
    @dg.asset
    def forecast() -> None:
        raise dg.DagsterExecutionInterruptedError

    assert _failures(forecast) == [
        "forecast: stopped before its end, by a person or by the system. Nothing is lost: run again"
    ]
