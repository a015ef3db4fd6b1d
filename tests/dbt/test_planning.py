"""Planning marts: which run's proposals are shown, and the proof that stops forecasts that have broken."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest

from pipelines.modelling.building import BuildError

_PROPOSAL = {"kind": "purchase", "location_id": "WH1", "supplier_id": "S1", "quantity": 5, "currency": "EUR"}


@pytest.fixture(scope="module")
def planned(told: Any, workplace: Callable[[str], Any], new_batch: Any) -> Any:
    """Two planning runs more on the story's last evening: the first proposed two SKUs, the second one; forecasts that
    cover too little, in the band or in the wider one by more than a point, what planners made of them aside, and one
    that is averaged over too few series to say; two proposals of one key and of no kind that
    there is. What they stand on is built already.
    """
    dbt = workplace("planned")
    shutil.copyfile(told.warehouse, dbt.warehouse)
    raw = new_batch("planned", 2)
    for hour, run_id, skus in ((21, "run-8", "AB"), (22, "run-9", "A")):
        for sku in skus:
            raw.add("safety_stock", 9, hour, run_id=run_id, sku=sku, location_id="WH1")
            raw.add("replenishment", 9, hour, run_id=run_id, sku=sku, pack_quantity=1, **_PROPOSAL)
    for _ in range(2):
        raw.add("replenishment", 9, 22, run_id="run-9", sku="B", pack_quantity=1, **{**_PROPOSAL, "kind": "gift"})
    for segment, series, value in (("all", 150, 0.79), ("A", 120, 0.81), ("B", 99, 0.5)):
        raw.add("forecast_accuracy", 9, 22, run_id="run-9", model="global_hgb", segment=segment, metric="coverage_90",
                value=value, series_count=series)  # fmt: skip
    for segment, model, value in (
        *(("all", "empirical_91", 0.985), ("all", "global_hgb", 0.974), ("all", "overridden", 0.974)),
        *(("A", "empirical_91", 0.985), ("A", "global_hgb", 0.976)),
    ):
        raw.add("forecast_accuracy", 9, 22, run_id="run-9", model=model, segment=segment, metric="coverage_99",
                value=value, series_count=120)  # fmt: skip
    raw.write(dbt.warehouse)
    as_of = raw.rows["safety_stock"][-1]["business_date"]
    with pytest.raises(BuildError) as failure:
        dbt.build(as_of, last_load=2, built_load=1, tag="decisions")
    return dbt, {n.name: n.failing_rows for n in failure.value.built if not n.passed and not n.is_skipped}


def test_only_the_last_planning_runs_proposals_are_shown(planned: Any) -> None:
    dbt, _ = planned
    assert dbt.rows("select run_id, sku, quantity from fct_replenishment where kind = 'purchase'") == [
        {"run_id": "run-9", "sku": "A", "quantity": 5}
    ]


def test_an_override_of_what_there_is_not_is_named(told: Any) -> None:
    assert told.rows("select override_ref from fct_forecast_overrides where is_idle") == [{"override_ref": "mistyped"}]


def test_forecasts_that_cover_too_little_and_rows_that_break_their_contract_stop_the_run(planned: Any) -> None:
    _, failures = planned
    assert failures == {"forecasts_cover_their_band": 1 + 1, "fct_replenishment_keeps_its_contract": 1 + 2}
