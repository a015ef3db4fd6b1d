"""Order-up-to levels and safety stock from the distribution of demand over the protection interval.

Belongs here: the one function that turns a target into a level. The nightly run and the workbench's "what if" both call
it on the same grid, so they give the same answer at the same target.
Does not belong here: estimating the distribution (`forecasting.interval`), reading it (`distribution`), targets
(`targets`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oms_core.contracts.decisions import SAFETY_STOCK
from oms_core.replenishment.distribution import DUST, DemandGrid
from oms_core.replenishment.policies import resolve
from oms_core.replenishment.targets import PolicyRule

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METHOD = "order-up-to: smallest quantity reaching the target, from past forecast errors of the whole interval's demand"

#: What holding a unit costs a year, as a share of its value (capital, space, loss).
HOLDING_SHARE = 0.25
_DAYS_A_YEAR = 365.0

_KEY = ["sku", "location_id"]
_RUN_COLUMNS = ("run_id", "effective_at", "business_date")
_COLUMNS = [name for name in SAFETY_STOCK.names if name not in _RUN_COLUMNS]

#: What a level depends on besides the target; `safety_stock` and `what_if` both start from these columns.
_INPUTS = [
    *_KEY,
    "review_period_days",
    "lead_time_days_mean",
    "lead_time_days_std",
    "protection_days",
    "qty_demand_mean",
    "unit_cost_minor",
    "unit_margin_minor",
    "shelf_life_days",
    "currency",
    "method",
]


def order_up_to(grid: DemandGrid, service_level: Floats) -> Ints:
    """Smallest whole S with F(S) ≥ the target, one a series (newsvendor and base-stock optimality)."""
    return np.ceil(grid.quantile(service_level) - DUST).astype(np.int64)


def order_up_to_fill_rate(grid: DemandGrid, fill_rate: Floats) -> Ints:
    """Smallest whole S whose fill rate reaches the target, one a series; at most what the grid's highest quantile
    takes.
    """
    low = np.full(len(grid.qty), -1, dtype=np.int64)
    high = np.ceil(grid.qty[:, -1] - DUST).astype(np.int64)
    # Half of what is left each time; low never reaches the target, high does or is the grid's end.
    while (high - low > 1).any():
        middle = (low + high) // 2
        reaches = grid.fill_rate(middle.astype(float)) >= fill_rate - DUST
        low, high = np.where(reaches, low, middle), np.where(reaches, middle, high)
    return np.maximum(high, 0)


def least_cost_service(unit_margin: Floats, unit_cost: Floats, review_period_days: Floats) -> Floats:
    """Critical ratio p ÷ (p + h) a series: p the margin that a unit short loses, h what holding it for a review period
    costs (newsvendor; Snyder & Shen, Fundamentals of Supply Chain Theory, ch. 4). 0 where neither is known.
    """
    holding = unit_cost * HOLDING_SHARE * review_period_days / _DAYS_A_YEAR
    ratio = np.zeros(unit_margin.shape)
    np.divide(unit_margin, unit_margin + holding, out=ratio, where=unit_margin + holding > 0)
    return ratio


def safety_stock(
    intervals: pd.DataFrame,
    means: pd.DataFrame,
    interval_demand: pd.DataFrame,
    *,
    rules: Sequence[PolicyRule],
    abc_classes: Mapping[str, str],
    policy_version: int,
) -> pd.DataFrame:
    """Tonight's levels: the `safety_stock` contract's columns but for the run's, one row a series of `intervals`.

    `intervals` from `supply.protection_intervals`; `means` has sku, location_id, qty_demand_mean; `interval_demand` has
    the contract's columns for the same series. Raises ValueError where a series lacks its mean or its distribution.
    """
    inputs = intervals.merge(means[[*_KEY, "qty_demand_mean"]], on=_KEY, how="left", validate="1:1")
    if inputs["qty_demand_mean"].isna().any():
        raise ValueError(f"no mean demand for {int(inputs['qty_demand_mean'].isna().sum())} series")
    inputs["method"] = METHOD + inputs["supply_note"]
    return _levels(inputs[_INPUTS], interval_demand, rules, abc_classes, policy_version)


def what_if(
    levels: pd.DataFrame,
    interval_demand: pd.DataFrame,
    *,
    rules: Sequence[PolicyRule],
    abc_classes: Mapping[str, str],
    policy_version: int,
) -> pd.DataFrame:
    """The same series' levels under other rules: columns as `safety_stock`. With the same rules, the same levels.

    `levels` are rows of `fct_safety_stock` (one policy version), `interval_demand` the run's grid.
    """
    return _levels(levels[_INPUTS], interval_demand, rules, abc_classes, policy_version)


def _levels(
    inputs: pd.DataFrame,
    interval_demand: pd.DataFrame,
    rules: Sequence[PolicyRule],
    abc_classes: Mapping[str, str],
    policy_version: int,
) -> pd.DataFrame:
    inputs = inputs.sort_values(_KEY).reset_index(drop=True)
    grid = DemandGrid.from_frame(interval_demand).of(inputs)
    targets = resolve(inputs["sku"], abc_classes, rules)
    level = np.minimum(_order_up_to(inputs, grid, targets), _sold_in_time(inputs))
    return _lay_out(inputs, grid, targets, level).assign(policy_version=policy_version)[_COLUMNS]


def _order_up_to(inputs: pd.DataFrame, grid: DemandGrid, targets: pd.DataFrame) -> Ints:
    service = targets["service_level_target"].to_numpy(dtype=float)
    measure = targets["target_measure"].to_numpy(dtype=object)
    margin = inputs["unit_margin_minor"].fillna(0).to_numpy(dtype=float)
    cost, review = (inputs[name].to_numpy(dtype=float) for name in ("unit_cost_minor", "review_period_days"))
    cheapest = np.maximum(service, least_cost_service(margin, cost, review))
    level = order_up_to(grid, np.where(measure == "least_cost", cheapest, service))
    filled = np.flatnonzero(measure == "fill_rate")
    if filled.size:
        level[filled] = order_up_to_fill_rate(grid.take(filled), service[filled])
    return level


def _sold_in_time(inputs: pd.DataFrame) -> Ints:
    """What mean demand takes within the shelf life, at least a unit: more would spoil on the shelf."""
    days = inputs["shelf_life_days"].to_numpy(dtype=float, na_value=np.inf)
    rate = (inputs["qty_demand_mean"] / inputs["protection_days"]).to_numpy(dtype=float)
    most = np.where(np.isfinite(days), np.floor(rate * np.where(np.isfinite(days), days, 0.0) + DUST), np.inf)
    capped: Ints = np.clip(most, 1, np.iinfo(np.int64).max // 2).astype(np.int64)
    return capped


def _lay_out(inputs: pd.DataFrame, grid: DemandGrid, targets: pd.DataFrame, level: Ints) -> pd.DataFrame:
    mean = inputs["qty_demand_mean"].to_numpy(dtype=float)
    reserve = np.ceil(np.maximum(level - mean, 0.0) - DUST).astype(np.int64)
    # Demand is taken as even over the interval; capped, for a lead time that the capped interval does not hold.
    lead_share = np.minimum(inputs["lead_time_days_mean"].to_numpy(dtype=float) / inputs["protection_days"], 1.0)
    lead_demand = (mean * lead_share.to_numpy()).round(4)
    return inputs.assign(
        policy_scope=targets["policy_scope"],
        service_level_target=targets["service_level_target"],
        target_measure=targets["target_measure"],
        service_level_expected=grid.probability_at_most(level.astype(float)),
        fill_rate_expected=grid.fill_rate(level.astype(float)).round(6),
        qty_lead_time_demand_mean=lead_demand,
        qty_order_up_to=level,
        qty_safety_stock=reserve,
        # Rounded up twice, it could pass the level that an order lifts to.
        qty_reorder_point=np.minimum(np.ceil(lead_demand + reserve - DUST).astype(np.int64), level),
        investment_minor=reserve * inputs["unit_cost_minor"].to_numpy(dtype=np.int64),
    )
