"""Past weeks run again under stock policies, with levels as the nightly run would have set them on each day.

Belongs here: reading demand and supply terms from the snapshot, and levels from what was known at each refit.
Does not belong here: the simulation (`oms_core.replenishment.backtest`), the forecast, the levels, parcels (`splits`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from forecasting import KnownAhead, demand_classes, interval_demand
from oms_core.arrays import Ints
from oms_core.replenishment.backtest import CostRates, LevelsInForce, Setting, measures, run_policy
from oms_core.replenishment.holding.distribution import DemandGrid
from oms_core.replenishment.holding.lead_times import shrunk_lead_times
from oms_core.replenishment.holding.levels import safety_stock, what_if
from oms_core.replenishment.holding.network import linked, source_rows, sources_of, with_sources
from oms_core.replenishment.holding.supply import SupplyDefaults, protection_intervals
from oms_core.replenishment.policy.targets import PolicyRule, Target
from oms_core.replenishment.proposing.ordering import economic_order_quantity
from oms_core.store.published.snapshots import Snapshot
from pipelines.planning.demand import DEMAND, history_from
from pipelines.planning.known_ahead import known_ahead
from pipelines.planning.splits import PastOrders, count_splits, split_share

_KEY = ["sku", "location_id"]
_DEMAND = f"select * from ({DEMAND}) where business_date <= $until::date"  # noqa: S608 - no value in it

#: A refit less often costs little service and saves minutes; the nightly run refits every day.
_REFIT_DAYS = 28


class BacktestError(Exception):
    """A back-test that cannot be run, with what to do."""


@dataclass(frozen=True)
class Scenario:
    """A stock policy at one target for every series, or under `rules` of that name, or at the targets in force."""

    policy: str
    target: Target | None = None
    rules: tuple[PolicyRule, ...] | None = None
    rules_name: str = ""

    @property
    def name(self) -> str:
        """How it is called in the result."""
        if self.rules is not None:
            return f"{self.policy} under {self.rules_name}"
        return f"{self.policy} at " + ("targets in force" if self.target is None else str(self.target))

    @property
    def other_rules(self) -> tuple[PolicyRule, ...] | None:
        """The rules that hold instead of those in force."""
        if self.target is None:
            return self.rules
        return (PolicyRule("default", "*", self.target.service_level, self.target.measure),)


@dataclass(frozen=True)
class World:
    """What a back-test stands on: demand as in `fct_demand_daily`, `dim_product`, `dim_supplier` with the lead times
    planned with, targets in force, what was known ahead; of each location that another one replenishes, which; the
    orders that the demand came in, where splits are wanted. `history_days`: how many days before its own a level was
    learnt from, as `Home.planning_history_days`; None all.
    """

    demand: pd.DataFrame
    products: pd.DataFrame
    suppliers: pd.DataFrame
    rules: Sequence[PolicyRule]
    known_ahead: KnownAhead = field(default_factory=KnownAhead.nothing)
    sources: Mapping[str, str] = field(default_factory=dict)
    orders: PastOrders | None = None
    history_days: int | None = None

    def known_at(self, day: date) -> pd.DataFrame:
        """Demand that the nightly run of that day would have learnt from."""
        days = pd.to_datetime(self.demand["business_date"])
        seen = days <= pd.Timestamp(day)
        if self.history_days is not None:
            seen &= days >= pd.Timestamp(history_from(day, self.history_days))
        return self.demand[seen]


def read_world(
    snapshot: Snapshot,
    rules: Sequence[PolicyRule],
    until: date,
    orders: PastOrders | None = None,
    *,
    days: int = 0,
    history_days: int | None = None,
) -> World:
    """The published demand up to `until`, from what the first of the last `days` of it learns from; products and
    suppliers as they are known today.
    """
    since = date.min if history_days is None else history_from(until - timedelta(days=days), history_days)
    demand = snapshot.query(_DEMAND, {"since": since.isoformat(), "until": until.isoformat()}).to_pandas()
    dates = demand["business_date"]
    return World(
        demand,
        snapshot.query("select * from dim_product").to_pandas(),
        shrunk_lead_times(snapshot.query("select * from dim_supplier").to_pandas()),
        rules,
        known_ahead(lambda query: snapshot.query(query).to_pandas(), dates.min(), dates.max()),
        sources_of(snapshot.query("select location_id, replenished_from from dim_location").to_pandas()),
        orders,
        history_days,
    )


def backtest_policies(
    world: World,
    scenarios: Sequence[Scenario],
    *,
    days: int,
    are_sales_lost: bool = False,
    seed: int = 0,
    on_refit: Callable[[int, int], None] = lambda _done, _all: None,
    on_sourcing: Callable[[str], None] = lambda _scenario: None,
) -> pd.DataFrame:
    """Columns scenario, metric, value, low, high: each scenario over the last `days` days of the world's demand.

    Levels are set at the start and every four weeks, from demand up to that day only. Each scenario sees the same
    lead times, drawn for every series and day of ordering (gamma of the supplier's mean and deviation). The first
    protection interval of the slowest tenth fills the pipeline and is not measured. Costs are counted at the terms in
    force, whatever a scenario plans with, so that scenarios compare. The metric split_orders is there where the world
    has orders. Raises BacktestError where history is too short.
    """
    last = pd.Timestamp(world.demand["business_date"].max()).normalize()
    first = last - pd.Timedelta(days=days)
    known = world.known_at(first.date())
    if known.empty:
        raise BacktestError(f"no demand before {first:%Y-%m-%d} to set levels from: ask for fewer days")
    series = with_sources(known[_KEY], world.sources)
    intervals = protection_intervals(series, world.products, world.suppliers, SupplyDefaults.of(world.products))
    intervals = linked(intervals, known, world.sources)
    warm_up = int(np.quantile(intervals["protection_days"], 0.9))
    if warm_up >= days:
        raise BacktestError(f"{days} days are no longer than review and lead time ({warm_up} days): ask for more")
    fitted = []
    for done, offset in enumerate(offsets := range(0, days, _REFIT_DAYS)):
        on_refit(done, len(offsets))
        fitted.append(_fit(world, intervals, offset, (first + pd.Timedelta(days=offset)).date(), seed))
    demand = _matrix(world.demand, series, first, days)
    lead_times = _lead_times(intervals, days, np.random.default_rng(seed))
    sold_in, rates = _sold_in(world, intervals), _rates(fitted[0].levels)
    found = []
    for scenario in scenarios:
        levels = [_levels(fit, scenario) for fit in fitted]
        in_force = [_in_force(fit.offset, level) for fit, level in zip(fitted, levels, strict=True)]
        setting = _setting(scenario.policy, levels[0], lead_times, sold_in, are_sales_lost)
        outcome = run_policy(demand, in_force, setting, measured_from=warm_up)
        found.append(measures(outcome, rates, seed).assign(scenario=scenario.name))
        if world.orders is not None:
            on_sourcing(scenario.name)
            measured_from = (first + pd.Timedelta(days=1 + warm_up)).date()
            at_hand = outcome.qty_at_hand
            counted = count_splits(world.orders, series, at_hand, measured_from, are_sales_lost=are_sales_lost)
            found.append(split_share(counted, seed).assign(scenario=scenario.name))
    return pd.concat(found, ignore_index=True)[["scenario", "metric", "value", "low", "high"]]


@dataclass(frozen=True)
class _Fit:
    """The nightly run's levels, under the targets in force, and their grid; both as of one day."""

    offset: int
    levels: pd.DataFrame
    grid: DemandGrid


def _fit(world: World, intervals: pd.DataFrame, offset: int, origin: date, seed: int) -> _Fit:
    demand = world.known_at(origin)
    distribution = interval_demand(demand, intervals, origin=origin, seed=seed, known_ahead=world.known_ahead)
    grid, classes = distribution.grid(), demand_classes(demand, origin=origin)
    levels = safety_stock(intervals, distribution.means(), grid, classes=classes, rules=world.rules, policy_version=1)
    return _Fit(offset, levels, DemandGrid.from_frame(grid))


def _levels(fit: _Fit, scenario: Scenario) -> pd.DataFrame:
    if scenario.other_rules is None:
        return fit.levels
    return what_if(fit.levels, fit.grid, rules=scenario.other_rules, policy_version=1)


def _setting(
    policy: str, levels: pd.DataFrame, lead_times: Ints, sold_in: tuple[Ints, Ints], are_sales_lost: bool
) -> Setting:
    """What a scenario is run under. `lead_times` and `sold_in` are the suppliers'."""
    source = source_rows(levels)
    review, transfer = (levels[name].to_numpy(dtype=np.int64) for name in ("review_period_days", "transfer_days"))
    lead = np.where(source[:, None] >= 0, transfer[:, None], lead_times)
    # What another place replenishes is moved by the unit, as the night moves it.
    pack, minimum = (np.where(source >= 0, 1, quantity) for quantity in sold_in)
    return Setting(policy, review, lead, pack, are_sales_lost, source, minimum)


def _in_force(from_day: int, levels: pd.DataFrame) -> LevelsInForce:
    rate = (levels["qty_demand_mean"] / levels["protection_days"]).to_numpy(dtype=float)
    order, share = (levels[name].to_numpy(dtype=float) for name in ("order_cost_minor", "holding_share"))
    holding = np.maximum(levels["unit_cost_minor"].to_numpy(dtype=float), 1.0) * share
    lot = economic_order_quantity(rate * 365.0, order, holding)
    return LevelsInForce(
        from_day,
        levels["qty_order_up_to"].to_numpy(dtype=np.int64),
        levels["qty_reorder_point"].to_numpy(dtype=np.int64),
        np.maximum(np.rint(lot), 1).astype(np.int64),
    )


def _matrix(demand: pd.DataFrame, series: pd.DataFrame, first: pd.Timestamp, days: int) -> Ints:
    """Series × days after `first`, base units; 0 where nothing was asked for."""
    ahead = (pd.to_datetime(demand["business_date"]) - first).dt.days
    rows = demand.assign(day=ahead - 1)[ahead > 0]
    rows = rows.merge(series.reset_index(names="number"), on=_KEY, how="inner", validate="m:1")
    matrix = np.zeros((len(series), days), dtype=np.int64)
    np.add.at(matrix, (rows["number"].to_numpy(), rows["day"].to_numpy()), rows["qty_demand"].to_numpy(dtype=np.int64))
    return np.maximum(matrix, 0)


def _lead_times(intervals: pd.DataFrame, days: int, rng: np.random.Generator) -> Ints:
    mean = np.maximum(intervals["lead_time_days_mean"].to_numpy(dtype=float), 0.01)[:, None]
    deviation = intervals["lead_time_days_std"].to_numpy(dtype=float)[:, None]
    shape = np.square(mean / np.maximum(deviation, 1e-9))
    drawn = rng.gamma(np.minimum(shape, 1e6), mean / np.minimum(shape, 1e6), size=(len(intervals), days))
    return np.rint(np.where(deviation > 0, drawn, mean)).astype(np.int64)


def _sold_in(world: World, intervals: pd.DataFrame) -> tuple[Ints, Ints]:
    """Of each series the supplier's pack, and the least that an order takes, base units; 1 where a product has none."""
    products = intervals[["sku"]].merge(world.products, on="sku", how="left", validate="m:1")
    pack, least = (
        np.maximum(products[name].astype("float64").fillna(1).to_numpy(dtype=np.int64), 1)
        for name in ("pack_quantity", "min_order_quantity")
    )
    return pack, least


def _rates(levels: pd.DataFrame) -> CostRates:
    cost, margin, order = (
        levels[name].to_numpy(dtype=np.int64) for name in ("unit_cost_minor", "unit_margin_minor", "order_cost_minor")
    )
    return CostRates(order, levels["holding_share"].to_numpy(dtype=float), cost, margin)
