"""The Dagster graph: assets, jobs, schedules and sensors. What `oms run` executes is defined here.

Belongs here: wiring only. `build_defs` takes other resources, so that tests wire their own.
"""

from __future__ import annotations

from typing import Any

import dagster as dg

from pipelines.assets import fulfilment, modelled, planning, publication, reception
from pipelines.assets.keys import DECIDED_TABLES, RELEASES
from pipelines.progress import progress_logger
from pipelines.resources import HomeResource
from pipelines.sensors import WAVES, fetch_sensor, inbox_sensor, wave_sensor

ASSETS = [
    reception.landing,
    reception.raw_received,
    fulfilment.supply_orders,
    modelled.ground,
    planning.policies,
    planning.demand_forecast,
    planning.safety_stock,
    fulfilment.allocations,
    fulfilment.pegs,
    planning.replenishment,
    fulfilment.exports,
    modelled.decisions,
    publication.snapshot,
    publication.releases,
]
#: What an allocation run leaves as the last daily run made it.
_PLANNING = [
    DECIDED_TABLES[name]
    for name in (
        *("demand_repairs", "forecasts", "forecast_means", "forecast_accuracy"),
        *("interval_demand", "safety_stock", "replenishment"),
    )
]

daily_job = dg.define_asset_job(
    "daily", dg.AssetSelection.all(), description="From inbox to snapshot: the whole way, once a day."
)
_ALLOCATING = dg.AssetSelection.all() - dg.AssetSelection.assets(*_PLANNING, RELEASES)
allocation_job = dg.define_asset_job(
    "allocation",
    _ALLOCATING,
    description="New orders and stock to warehouse documents, on the levels of the last daily run.",
)
wave_job = dg.define_asset_job(
    "wave",
    _ALLOCATING,
    config=dg.PartitionedConfig(WAVES, run_config_for_partition_key_fn=lambda _: {}),
    description="An allocation run for a wave, which tells the wave's places; one partition a wave.",
)
SCHEDULES = [
    dg.ScheduleDefinition(name="daily_at_five", job=daily_job, cron_schedule="0 5 * * *", execution_timezone="UTC"),
    dg.ScheduleDefinition(
        name="allocation_waves", job=allocation_job, cron_schedule="0 8-18/2 * * 1-6", execution_timezone="UTC"
    ),
]


def build_defs(**resources: Any) -> dg.Definitions:
    """The definitions, with `resources` in place of the standard ones of the same name."""
    return dg.Definitions(
        assets=ASSETS,
        jobs=[daily_job, allocation_job, wave_job],
        schedules=SCHEDULES,
        sensors=[inbox_sensor(allocation_job), wave_sensor(wave_job), fetch_sensor()],
        resources={"oms": HomeResource()} | resources,
        executor=dg.in_process_executor,
        loggers={"progress": progress_logger, "console": dg.colored_console_logger},
    )


defs = build_defs()
