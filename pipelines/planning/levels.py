"""From demand to levels: read, forecast, set safety stock, land. Each step once a run.

Belongs here: what is read for it and what is landed. Does not belong here: the models (`forecasting`), the levels
(`oms_core.replenishment`), the policies' versions (`oms_core.store`).
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import date
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from oms_core.contracts import LANDED
from oms_core.replenishment.holding.lead_times import shrunk_lead_times
from oms_core.replenishment.holding.levels import safety_stock
from oms_core.replenishment.holding.network import linked, sources_of, with_sources
from oms_core.replenishment.holding.supply import SupplyDefaults, protection_intervals
from oms_core.store.operations import Policy, open_operations
from pipelines.home import Home, wall_clock
from pipelines.log import Log, land_decision
from pipelines.modelling.warehouse import load, select_frame
from pipelines.planning.demand import (
    DEMAND_AND_LAUNCHES,
    OVERRIDES,
    PLACES_BEHIND,
    SOLD_BY_CHANNEL,
    history_from,
)
from pipelines.ticket import Ticket

if TYPE_CHECKING:
    from forecasting import ForecastResult, KnownAhead, Overrides
    from pipelines.planning.trained import Trained


#: Classes, and what tells a new SKU's siblings.
_PRODUCTS = "select sku, abc_class, category, unit_price_minor, currency from dim_product"
_DIMENSIONS = ("dim_product", "dim_supplier", "dim_location")
#: What the runs before have decided, as they decided it last.
_REPAIRS = """
    select demand_date, sku, location_id, kind, qty_demand, qty_repaired from raw.demand_repairs
    where run_id <> $run_id and demand_date >= $since::date
    qualify 1 = row_number() over (
        partition by demand_date, sku, location_id order by effective_at desc, known_at desc)"""


def warm_up() -> None:
    """Begin to load the models' libraries (a second) in a thread, and return at once."""
    threading.Thread(target=import_module, args=("forecasting",), name="load forecasting").start()


def land_policies(home: Home, ticket: Ticket) -> int:
    """Land every policy version that is not in the log yet; the version in force."""
    log = Log(home.landing)
    with open_operations(home.database_url, now=wall_clock()) as store:
        history, in_force = store.policy_history(), store.policy_in_force(ticket.business_date)
    landed = {unit.file_name for unit in log.units if "policies" in unit.tables}
    for policy in sorted(history, key=lambda policy: policy.version):
        if f"policies-version-{policy.version}" not in landed:
            land_decision(log, _policy_table(policy, ticket), "policies", f"version-{policy.version}", ticket.as_of)
    load(home, ticket.as_of, ticket.run_id)
    return in_force.version


def _policy_table(policy: Policy, ticket: Ticket) -> pa.Table:
    rules = [
        {
            "policy_version": policy.version,
            **asdict(rule),
            "author": policy.author,
            "reason": policy.reason,
            "effective_at": ticket.as_of,
            "business_date": ticket.business_date,
        }
        for rule in policy.rules
    ]
    return pa.Table.from_pylist(rules, schema=LANDED["policies"].arrow_schema)


def forecast_demand(home: Home, ticket: Ticket) -> dict[str, Any]:
    """Repair demand, forecast every series, test the models on past origins; rows landed, and the model's name."""
    from forecasting import by_channel

    if _is_decided(home, ticket, "forecasts"):
        return {"rows": 0, "note": "decided before in this run"}
    demand = known_demand(home, ticket)
    if demand.empty:
        return {"rows": 0, "note": "no demand yet"}
    trained, result, accuracy = _forecast(home, ticket, demand)
    until, repaired = ticket.last_whole_day, _repaired(home, ticket, demand)
    sold = select_frame(home, SOLD_BY_CHANNEL, {"until": until})
    _land(home, ticket, "demand_repairs", repaired)
    _land(home, ticket, "forecast_accuracy", accuracy)
    _land(home, ticket, "forecast_means", by_channel(result.series, result.qty_mean, sold, np.datetime64(until)))
    # Last: it says that all of it is decided. An attempt that ended before it is repeated, and lands the same.
    _land(home, ticket, "forecasts", result.frame)
    load(home, ticket.as_of, ticket.run_id)
    return {
        "rows": len(result.frame) + len(accuracy) + len(repaired),
        "model": result.model_name,
        "model_trained": f"{trained.day} on {trained.training_hash[:12]}",
        "series": len(result.series),
    }


def _forecast(home: Home, ticket: Ticket, demand: pd.DataFrame) -> tuple[Trained, ForecastResult, pd.DataFrame]:
    """The model in use, what it says of the days ahead, and how the models did at past origins."""
    from forecasting import backtest, forecast
    from pipelines.planning.trained import KeptModels

    until, horizon, products = ticket.last_whole_day, home.forecast_horizon_days, select_frame(home, _PRODUCTS)
    ahead = _known_ahead(home, demand)
    models = KeptModels(home.models, demand, horizon, ahead, home.forecast_retrain_days)
    alike: dict[str, Any] = {"origin": until, "horizon": horizon, "known_ahead": ahead, "overrides": _overrides(home)}
    # Two fits that know nothing of each other, on two cores: 4 s instead of 7 on the demo (2026-11-23).
    with ThreadPoolExecutor(max_workers=2) as pool:
        training = pool.submit(models.at, until)
        testing = pool.submit(
            backtest,
            demand,
            abc_classes=dict(zip(products["sku"], products["abc_class"], strict=True)),
            origin_count=_origins_to_test(home, ticket),
            model_at=lambda day: models.at(day).model,
            **alike,
        )
        trained = training.result()
        result = forecast(demand, products=products, model=trained.model, **alike)
        accuracy = testing.result()
    models.forget_others()
    return trained, result, accuracy


def _repaired(home: Home, ticket: Ticket, demand: pd.DataFrame) -> pd.DataFrame:
    """Days whose demand is not taken as observed, where the runs before have not said just that."""
    from forecasting import repairs

    before = select_frame(home, _REPAIRS, {"run_id": ticket.run_id, "since": _since(home, ticket)})
    return changed_repairs(repairs(demand, origin=ticket.last_whole_day), before)


def changed_repairs(found: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Rows of `found` that `known` (demand_date, sku, location_id, kind, qty_demand, qty_repaired) has not so; and as
    `none` those that are known and found no more.
    """
    if found.empty and known.empty:
        return found
    key = ["demand_date", "sku", "location_id"]
    known = known.assign(demand_date=pd.to_datetime(known["demand_date"]))
    both = found.merge(known, on=key, how="outer", suffixes=("", "_known"), indicator="side")
    told = ("kind", "qty_demand", "qty_repaired")
    differs = pd.concat([both[name] != both[f"{name}_known"] for name in told], axis=1).any(axis=1)
    gone = both[(both["side"] == "right_only") & (both["kind_known"] != "none")]
    gone = gone.assign(kind="none", qty_demand=gone["qty_demand_known"], method="as observed")
    gone["qty_repaired"] = gone["qty_demand"].astype(float)
    kept = both[(both["side"] != "right_only") & differs]
    rows = pd.concat([kept, gone], ignore_index=True)[[*found.columns]]
    return rows.astype({"qty_demand": "int64"}).sort_values(key, kind="stable").reset_index(drop=True)


def known_demand(home: Home, ticket: Ticket) -> pd.DataFrame:
    """Of whole days since history begins: one that still runs would count as one on which less was asked for. Where the
    last of them ends later than in UTC, and so still runs, its demand is unknown; on the data's clock all of a day has
    come with it.
    """
    until = ticket.last_whole_day
    demand = select_frame(home, DEMAND_AND_LAUNCHES, {"since": _since(home, ticket), "until": until})
    if home.config["clock"] != "wall":
        return demand
    behind = select_frame(home, PLACES_BEHIND, {"until": until, "as_of": ticket.as_of})["location_id"]
    runs = demand["location_id"].isin(behind) & (pd.to_datetime(demand["business_date"]) == pd.Timestamp(until))
    return demand.assign(qty_demand=demand["qty_demand"].mask(runs)) if runs.any() else demand


def _since(home: Home, ticket: Ticket) -> date:
    return history_from(ticket.last_whole_day, home.planning_history_days)


def _overrides(home: Home) -> Overrides:
    from forecasting import Overrides

    return Overrides.from_frame(select_frame(home, OVERRIDES))


def _known_ahead(home: Home, demand: pd.DataFrame) -> KnownAhead:
    from pipelines.planning.known_ahead import known_ahead

    days = demand["business_date"]
    return known_ahead(partial(select_frame, home), days.min(), days.max())


def _origins_to_test(home: Home, ticket: Ticket) -> int:
    """Three past origins the first time; then each run adds the one that has just become testable."""
    earlier = "select count(*)::bigint as rows from raw.forecast_accuracy where run_id <> $run_id and metric = 'spl'"
    return 1 if select_frame(home, earlier, {"run_id": ticket.run_id})["rows"].iloc[0] else 3


def set_safety_stock(home: Home, ticket: Ticket) -> dict[str, Any]:
    """Set the level of every series with demand, under the policy in force; rows landed, units and money."""
    from forecasting import demand_classes, interval_demand

    if _is_decided(home, ticket, "safety_stock"):
        return {"rows": 0, "note": "decided before in this run"}
    demand = known_demand(home, ticket)
    if demand.empty:
        return {"rows": 0, "note": "no demand yet"}
    with open_operations(home.database_url, now=wall_clock()) as store:
        policy = store.policy_in_force(ticket.business_date)
    intervals = _intervals(home, demand)
    distribution = interval_demand(
        demand,
        intervals,
        origin=ticket.last_whole_day,
        overrides=_overrides(home),
        known_ahead=_known_ahead(home, demand),
        products=select_frame(home, _PRODUCTS),
    )
    grid = distribution.grid()
    levels = safety_stock(
        intervals,
        distribution.means(),
        grid,
        classes=demand_classes(demand, origin=ticket.last_whole_day),
        rules=policy.rules,
        policy_version=policy.version,
    )
    _land(home, ticket, "interval_demand", grid)
    _land(home, ticket, "safety_stock", levels)
    load(home, ticket.as_of, ticket.run_id)
    return {
        "rows": len(levels),
        "units": int(levels["qty_safety_stock"].sum()),
        "investment_minor": int(levels["investment_minor"].sum()),
        "policy_version": policy.version,
    }


def _intervals(home: Home, demand: pd.DataFrame) -> pd.DataFrame:
    products, suppliers, locations = (
        select_frame(home, f"select * from {name}")  # noqa: S608 - names are ours
        for name in _DIMENSIONS
    )
    sources = sources_of(locations)
    series = with_sources(demand[["sku", "location_id"]], sources)
    planned_with = shrunk_lead_times(suppliers)
    intervals = protection_intervals(series, products, planned_with, SupplyDefaults.of(products))
    return linked(intervals, demand, sources)


def _is_decided(home: Home, ticket: Ticket, record_type: str) -> bool:
    """Whether an earlier, interrupted attempt at this run decided it already; then that stands."""
    if not Log(home.landing).of_run(ticket.run_id, record_type):
        return False
    load(home, ticket.as_of, ticket.run_id)
    return True


def _land(home: Home, ticket: Ticket, record_type: str, frame: pd.DataFrame) -> None:
    """Land a frame that lacks the run's own columns; a frame without rows lands nothing."""
    if frame.empty:
        return
    contract = LANDED[record_type]
    whole = frame.assign(run_id=ticket.run_id, effective_at=ticket.as_of, business_date=ticket.business_date)
    table = pa.Table.from_pandas(whole[list(contract.names)], schema=contract.arrow_schema, preserve_index=False)
    land_decision(Log(home.landing), table.replace_schema_metadata(), record_type, ticket.run_id, ticket.as_of)
