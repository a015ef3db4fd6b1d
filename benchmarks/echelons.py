"""What it saves to plan a warehouse and its stores as one, by the replay, on the demo's network.

Every store of the demo is declared to be replenished by its region's warehouse. Half a year is run again under three
ways of planning, at several targets each; stock and its value are compared where they achieve the same cycle service
(between the two targets around it, in straight lines). Stock is what places hold, and what is on its way to a store.

`together`: as declared, by guaranteed service. `each_alone`: the same goods' way, stores that each protect their
supplier's lead time as if there were no warehouse. `suppliers_deliver`: no warehouse in between at all.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measure import Figure, oms
from oms_core.replenishment.policy.targets import PolicyRule
from oms_core.store.published.snapshots import Snapshot
from pipelines.planning.backtest import Scenario, World, backtest_policies, read_world

_DAYS = 182
_TARGETS = (0.8, 0.85, 0.9, 0.95, 0.98)
_COMPARED_AT = 0.95
_TRANSFER_DAYS = 2
_WAYS = ("together", "each_alone", "suppliers_deliver")


def echelons(folder: Path) -> list[Figure]:
    """Stock and its value of each way at the service that planning together achieves at a target of 95 %."""
    home = folder / "demo"
    oms(home, "demo")
    with Snapshot.current(home / "published") as snapshot:
        return compared(_declared(snapshot))


def compared(world: World) -> list[Figure]:
    """The figures of a world whose sources are declared."""
    scenarios = {(way, target): _scenario(world, way, target) for way in _WAYS for target in _TARGETS}
    told = backtest_policies(world, [*scenarios.values()], days=_DAYS).pivot(
        index="metric", columns="scenario", values="value"
    )
    found = {key: told[scenario.name] for key, scenario in scenarios.items()}
    service = float(found["together", _COMPARED_AT]["cycle_service"])
    figures = []
    for metric, unit in (("qty_stock_mean", "units"), ("stock_value_minor", "minor units")):
        ours, *others = (_at(service, [found[way, target] for target in _TARGETS], metric) for way in _WAYS)
        moving = _on_its_way(world, metric)
        for way, held in zip(_WAYS[1:], others, strict=True):
            theirs = held + (moving if way == "each_alone" else 0.0)
            figures.append(
                Figure(
                    f"echelons.{metric}.at_{service:.1%}",
                    round(ours + moving),
                    unit,
                    f"{way} {theirs:.0f}",
                    round((ours + moving) / theirs, 3),
                )
            )
    return figures


def _declared(snapshot: Snapshot) -> World:
    """The demo's world, each store replenished by the warehouse of its region."""
    until = snapshot.query("select max(business_date) as day from fct_demand_daily").to_pandas()["day"].iloc[0]
    world = read_world(snapshot, [PolicyRule("default", "*", _COMPARED_AT)], pd.Timestamp(until).date())
    pairs = snapshot.query(
        "select stores.location_id, warehouses.location_id as source from dim_location as stores"
        " inner join dim_location as warehouses on stores.region = warehouses.region"
        " where stores.kind = 'store' and warehouses.kind = 'warehouse'"
    ).to_pandas()
    return replace(world, sources=dict(zip(pairs["location_id"], pairs["source"], strict=True)))


def _scenario(world: World, way: str, target: float) -> Scenario:
    rules = [PolicyRule("default", "*", target, network_planning=int(way != "suppliers_deliver"))]
    if way == "each_alone":
        # A lead time that is set stands for the transfer's; of a warehouse it is the observed one anyway.
        lead_times = world.suppliers[["supplier_id", "lead_time_days_mean"]].itertuples(index=False)
        rules += [PolicyRule("supplier", str(name), lead_time_days=float(days)) for name, days in lead_times]
    return Scenario("RS", rules=tuple(rules), rules_name=f"{way} {target}")


def _at(service: float, found: list[pd.Series], metric: str) -> float:
    """The metric where the service is achieved, in straight lines between targets; NaN beyond them."""
    achieved, values = (np.array([float(row[name]) for row in found]) for name in ("cycle_service", metric))
    return float(np.interp(service, achieved, values, left=np.nan, right=np.nan))


def _on_its_way(world: World, metric: str) -> float:
    """What is between a warehouse and its stores on average: what stores are asked for in a transfer's days."""
    last = pd.to_datetime(world.demand["business_date"]).max() - pd.Timedelta(days=_DAYS)
    asked = world.demand[world.demand["location_id"].isin(world.sources)]
    asked = asked[pd.to_datetime(asked["business_date"]) > last].merge(world.products, on="sku")
    worth = 1 if metric == "qty_stock_mean" else asked["unit_cost_minor"]
    return float((asked["qty_demand"] * worth).sum()) / _DAYS * _TRANSFER_DAYS
