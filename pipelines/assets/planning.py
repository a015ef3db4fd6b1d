"""Policies, forecasts and levels as assets."""

from collections.abc import Iterator

import dagster as dg

from pipelines.assets.keys import DECIDED_TABLES, RECEPTION_TABLES, WAREHOUSE_POOL
from pipelines.planning.levels import forecast_demand, land_policies, set_safety_stock
from pipelines.planning.replenishing import propose_replenishment
from pipelines.resources import HomeResource

_MODELLED = [
    dg.AssetKey("fct_demand_daily"),
    dg.AssetKey("fct_forecast_overrides"),
    dg.AssetKey("fct_planned_events"),
    dg.AssetKey("dim_location"),
    dg.AssetKey("dim_product"),
    dg.AssetKey("dim_supplier"),
]
_FORECAST = ("demand_repairs", "forecasts", "forecast_means", "forecast_accuracy")


@dg.asset(
    key=DECIDED_TABLES["policies"],
    group_name="planning",
    deps=list(RECEPTION_TABLES),
    pool=WAREHOUSE_POOL,
    description="The planners' policy versions, landed like any other feed.",
)
def policies(context: dg.AssetExecutionContext, oms: HomeResource) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"policy_version": land_policies(oms.home, oms.ticket(context))})


@dg.multi_asset(
    name="demand_forecast",
    specs=[dg.AssetSpec(DECIDED_TABLES[name], group_name="planning", deps=_MODELLED) for name in _FORECAST],
    pool=WAREHOUSE_POOL,
)
def demand_forecast(context: dg.AssetExecutionContext, oms: HomeResource) -> Iterator[dg.MaterializeResult[None]]:
    """Days whose demand is not taken as observed, quantiles of the days ahead, and what the models did at past ones."""
    metadata = forecast_demand(oms.home, oms.ticket(context))
    for name in _FORECAST:
        yield dg.MaterializeResult(asset_key=DECIDED_TABLES[name], metadata=metadata)


@dg.multi_asset(
    name="safety_stock",
    specs=[
        dg.AssetSpec(DECIDED_TABLES[name], group_name="planning", deps=[*_MODELLED, DECIDED_TABLES["policies"]])
        for name in ("interval_demand", "safety_stock")
    ],
    pool=WAREHOUSE_POOL,
)
def safety_stock(context: dg.AssetExecutionContext, oms: HomeResource) -> Iterator[dg.MaterializeResult[None]]:
    """Demand over the protection interval as one sum, and the level that each series' target asks of it."""
    metadata = set_safety_stock(oms.home, oms.ticket(context))
    for name in ("interval_demand", "safety_stock"):
        yield dg.MaterializeResult(asset_key=DECIDED_TABLES[name], metadata=metadata)


@dg.asset(
    key=DECIDED_TABLES["replenishment"],
    group_name="planning",
    deps=[
        *("int_stock_balance", "int_coming_supply", "int_supply_orders", "int_purchase_lines", "int_order_lines"),
        *("dim_location", "dim_product", "fct_demand_daily"),
        *(DECIDED_TABLES[name] for name in ("safety_stock", "interval_demand", "allocations")),
    ],
    pool=WAREHOUSE_POOL,
    description="What to buy and what to move, from the positions that the run's allocation leaves.",
)
def replenishment(context: dg.AssetExecutionContext, oms: HomeResource) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata=dict(propose_replenishment(oms.home, oms.ticket(context))))
