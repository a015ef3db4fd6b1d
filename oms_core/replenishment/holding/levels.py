"""Order-up-to levels and safety stock from the distribution of demand over the protection interval.

Belongs here: the one function that turns targets, lead times and minimums into levels. The nightly run and the
workbench's "what if" both call it on the same grid, so they give the same answer under the same rules.
Does not belong here: estimating the distribution (`forecasting.interval`), reading it (`distribution`), targets
(`targets`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from oms_core.arrays import Floats, Ints, divide
from oms_core.contracts.decisions import SAFETY_STOCK
from oms_core.replenishment.holding.distribution import DUST, SPREAD_GROWTH, DemandGrid
from oms_core.replenishment.holding.network import narrowed, pooled_quantiles, together
from oms_core.replenishment.holding.supply import MAX_PROTECTION_DAYS, lead_days, protection_days
from oms_core.replenishment.policy.policies import TRAITS, resolve
from oms_core.replenishment.policy.targets import PolicyRule
from oms_core.replenishment.policy.terms import BY_NAME, DEFAULTS, TERMS

METHOD = "order-up-to: smallest quantity reaching the target, from past forecast errors of the whole interval's demand"

_DAYS_A_YEAR = 365.0

_KEY = ["sku", "location_id"]
_RUN_COLUMNS = ("run_id", "effective_at", "business_date")
_COLUMNS = [name for name in SAFETY_STOCK.names if name not in _RUN_COLUMNS]

#: Which place replenishes a series, and how its demand goes with that of the places beside it.
NETWORK = ("replenished_from", "demand_correlation")
#: What a level depends on besides the rules, as observed; `safety_stock` and `what_if` both start from these columns.
_INPUTS = [
    *TRAITS,
    "demand_interval_weeks",
    "demand_size_cv2",
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
    *NETWORK,
]
#: What of the policy is told in columns of its own.
_TOLD_APART = ("lead_time_days", "qty_minimum")
_ASKED = [
    *("service_level_target", "target_measure", "policy_scope"),
    *(BY_NAME["qty_minimum"].set_column, *(BY_NAME[name].scope_column for name in _TOLD_APART)),
]
_CLASSES = ["xyz_class", "demand_pattern", "demand_interval_weeks", "demand_size_cv2"]


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


def least_cost_service(
    unit_margin: Floats, unit_cost: Floats, review_period_days: Floats, holding_share: Floats
) -> Floats:
    """Critical ratio p ÷ (p + h) a series: p the margin that a unit short loses, h what holding it for a review period
    costs (newsvendor; Snyder & Shen, Fundamentals of Supply Chain Theory, ch. 4), `holding_share` of its cost a year.
    0 where neither is known.
    """
    holding = unit_cost * holding_share * review_period_days / _DAYS_A_YEAR
    return divide(unit_margin, unit_margin + holding, 0.0)


def safety_stock(
    intervals: pd.DataFrame,
    means: pd.DataFrame,
    interval_demand: pd.DataFrame,
    *,
    classes: pd.DataFrame,
    rules: Sequence[PolicyRule],
    policy_version: int,
) -> pd.DataFrame:
    """Tonight's levels: the `safety_stock` contract's columns but for the run's, one row a series of `intervals`.

    `intervals` from `supply.protection_intervals`, with `NETWORK` where places replenish each other; `means` has sku,
    location_id, qty_demand_mean and, where a new series borrows it, borrowed_from; `interval_demand` has the contract's
    columns for the same series; `classes` from `forecasting.demand_classes`, of any series. Raises ValueError where a
    series lacks its mean or its distribution.
    """
    told = means.reindex(columns=[*_KEY, "qty_demand_mean", "borrowed_from"])
    inputs = intervals.merge(told, on=_KEY, how="left", validate="1:1")
    inputs = inputs.merge(classes[[*_KEY, *_CLASSES]], on=_KEY, how="left", validate="1:1")
    if inputs["qty_demand_mean"].isna().any():
        raise ValueError(f"no mean demand for {int(inputs['qty_demand_mean'].isna().sum())} series")
    lenders = inputs["borrowed_from"].astype("str").replace("", None)
    inputs["method"] = METHOD + ("; not asked for yet, as " + lenders).fillna("") + inputs["supply_note"]
    inputs = inputs.reindex(columns=_INPUTS).astype({"replenished_from": "str", "demand_correlation": "float64"})
    return _levels(inputs, DemandGrid.from_frame(interval_demand), rules, policy_version)


def what_if(
    levels: pd.DataFrame, interval_demand: DemandGrid, *, rules: Sequence[PolicyRule], policy_version: int
) -> pd.DataFrame:
    """The same series' levels under other rules: columns as `safety_stock`. With the same rules, the same levels.

    `levels` are rows of `fct_safety_stock` (one policy version), `interval_demand` the run's grid, which has them all.
    """
    return _levels(_as_observed(levels)[_INPUTS], interval_demand, rules, policy_version)


#: What `grid_in_force` needs of a level, besides its key.
PLANNED_WITH = (
    *("review_period_days", "review_period_days_observed", "lead_time_days_mean", "lead_time_days_observed"),
    *("lead_time_scope", "protection_days", "qty_demand_mean", "qty_demand_mean_observed"),
    *("lead_time_days_std", "replenished_from", "service_time_days", "qty_demand_std", "network_planning"),
)


def grid_in_force(levels: pd.DataFrame, interval_demand: DemandGrid) -> DemandGrid:
    """The run's grid in the order of `levels` (rows of `fct_safety_stock`), over the intervals that these plan with."""
    levels = levels.reset_index(drop=True)
    return _grid_over(interval_demand.of(levels), _as_observed(levels), levels)


def observed_rate(levels: pd.DataFrame) -> Floats:
    """Units a day that are expected to be asked of each place itself, without those that it replenishes."""
    observed = _as_observed(levels.reset_index(drop=True))
    means, days = (observed[name].to_numpy(dtype=float) for name in ("qty_demand_mean", "protection_days"))
    return np.asarray(means / np.maximum(days, 1.0))


def _as_observed(levels: pd.DataFrame) -> pd.DataFrame:
    """The levels' inputs before any rule set a lead time or a review period."""
    review, lead, mean = (
        levels[before].fillna(levels[planned])
        for before, planned in (
            ("review_period_days_observed", "review_period_days"),
            ("lead_time_days_observed", "lead_time_days_mean"),
            ("qty_demand_mean_observed", "qty_demand_mean"),
        )
    )
    is_set = levels["lead_time_scope"].notna() | (review != levels["review_period_days"])
    is_set |= levels["service_time_days"].notna()
    days = levels["protection_days"].mask(is_set, _days(review, lead))
    return levels.assign(
        review_period_days=review.astype("int64"), lead_time_days_mean=lead, qty_demand_mean=mean, protection_days=days
    )


def _levels(inputs: pd.DataFrame, grid: DemandGrid, rules: Sequence[PolicyRule], policy_version: int) -> pd.DataFrame:
    observed = inputs.sort_values(_KEY).reset_index(drop=True)
    asked = resolve(observed, rules)
    grid = grid.of(observed)
    planned = together(_planned(observed, asked), grid, observed["protection_days"].to_numpy(dtype=float))
    grid = _grid_over(grid, observed, planned)
    level = np.minimum(_order_up_to(planned, grid), _sold_in_time(planned))
    return _lay_out(planned, grid, level).assign(policy_version=policy_version)[_COLUMNS]


def _planned(observed: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """The inputs with what the rules set. Demand is taken as even, so that its mean follows the interval's days."""
    lead = observed["lead_time_days_mean"].mask(asked["lead_time_days_set"].notna(), asked["lead_time_days_set"])
    review = asked["review_period_days_set"].fillna(observed["review_period_days"]).astype("int64")
    is_set = asked["lead_time_days_set"].notna() | (review != observed["review_period_days"])
    days = observed["protection_days"].mask(is_set, _days(review, lead)).astype("int64")
    longer = (observed["qty_demand_mean"] * days / observed["protection_days"]).round(4)
    return observed.assign(
        **{name: asked[name] for name in _ASKED},
        **{name: asked[f"{name}_set"].fillna(value).astype(type(value)) for name, value in DEFAULTS.items()},
        terms_set=_told(asked),
        review_period_days_observed=observed["review_period_days"],
        review_period_days=review,
        lead_time_days_observed=observed["lead_time_days_mean"],
        lead_time_days_mean=lead,
        protection_days=days,
        qty_demand_mean_observed=observed["qty_demand_mean"],
        qty_demand_mean=observed["qty_demand_mean"].mask(is_set, longer),
    )


def _told(asked: pd.DataFrame) -> pd.Series:
    """What rules set besides lead time and minimum, in words; null where nothing."""
    told = pd.Series("", index=asked.index, dtype="str")
    for term in TERMS:
        if term.name not in _TOLD_APART and (is_set := asked[term.set_column].notna()).any():
            set_by = asked.loc[is_set, [term.set_column, term.scope_column]]
            words = [f"; {term.told(value)} ({rule})" for value, rule in set_by.itertuples(index=False)]
            told[is_set] += words
    return told.str.removeprefix("; ").mask(told == "", None)


def _days(review_period_days: pd.Series, lead_time_days: pd.Series) -> pd.Series:
    return protection_days(review_period_days, lead_time_days).clip(1, MAX_PROTECTION_DAYS)


def _grid_over(grid: DemandGrid, observed: pd.DataFrame, planned: pd.DataFrame) -> DemandGrid:
    """The grid of the observed intervals, row by row as the frames, over the planned ones."""
    same = [(planned[name] == observed[name]).all() for name in ("lead_time_days_mean", "protection_days")]
    if all(same) and planned["service_time_days"].isna().all():
        return grid
    mean = observed["qty_demand_mean"].to_numpy(dtype=float)
    # What another place replenishes does not wait for its supplier.
    is_below = planned["service_time_days"].notna() & planned["replenished_from"].notna()
    is_below &= planned["network_planning"] == 1
    days = observed["protection_days"].to_numpy(dtype=float)
    grid = narrowed(grid, mean, mean / days, observed["lead_time_days_std"].to_numpy(dtype=float),
                    is_below.to_numpy(dtype=bool))  # fmt: skip
    lead, is_known = lead_days(observed), lead_days(observed) > 0
    if grid.lead_qty is not None:
        # Of no lead time there is no demand to lengthen: then it is a part of the interval's.
        grid = replace(grid, lead_qty=np.where(is_known[:, None], grid.lead_qty, grid.qty))
    lead = np.where(is_known, lead, days)
    share = planned["protection_days"].to_numpy(dtype=float) / days
    found = grid.over(mean, share, mean * lead / days, lead_days(planned) / lead)
    return _pooled(found, planned)


def _pooled(grid: DemandGrid, planned: pd.DataFrame) -> DemandGrid:
    """The grid whose rows that replenish others are of the demand that they cover for them."""
    rows = np.flatnonzero(planned["qty_demand_std"].notna())
    if not rows.size:
        return grid
    days, lead, mean, deviation = (
        planned[name].to_numpy(dtype=float)[rows]
        for name in ("protection_days", "lead_time_days_mean", "qty_demand_mean", "qty_demand_std")
    )
    qty = grid.qty.copy()
    qty[rows] = pooled_quantiles(mean, deviation, grid.probabilities)
    if grid.lead_qty is None:
        return DemandGrid(grid.keys, grid.probabilities, qty)
    lead_qty, share = grid.lead_qty.copy(), np.minimum(lead / days, 1.0)
    of_lead = pooled_quantiles(mean * share, deviation * share**SPREAD_GROWTH, grid.probabilities)
    lead_qty[rows] = np.minimum(of_lead, qty[rows])
    return DemandGrid(grid.keys, grid.probabilities, qty, lead_qty)


def _order_up_to(inputs: pd.DataFrame, grid: DemandGrid) -> Ints:
    service = inputs["service_level_target"].to_numpy(dtype=float)
    measure = inputs["target_measure"].to_numpy(dtype=object)
    margin = inputs["unit_margin_minor"].fillna(0).to_numpy(dtype=float)
    terms = (inputs[name].to_numpy(dtype=float) for name in ("unit_cost_minor", "review_period_days", "holding_share"))
    cheapest = np.maximum(service, least_cost_service(margin, *terms))
    level = order_up_to(grid, np.where(measure == "least_cost", cheapest, service))
    filled = np.flatnonzero(measure == "fill_rate")
    if filled.size:
        level[filled] = order_up_to_fill_rate(grid.take(filled), service[filled])
    return np.maximum(level, _least(inputs))


def _least(inputs: pd.DataFrame) -> Ints:
    """The level whose safety stock is just the minimum; 0 without one."""
    minimum = inputs["qty_minimum"].fillna(0).to_numpy(dtype=np.int64)
    whole = np.floor(inputs["qty_demand_mean"].to_numpy(dtype=float) + DUST).astype(np.int64)
    return np.where(minimum > 0, whole + minimum, 0)


def _sold_in_time(inputs: pd.DataFrame) -> Ints:
    """What mean demand takes within the shelf life, at least a unit: more would spoil on the shelf."""
    days = inputs["shelf_life_days"].to_numpy(dtype=float, na_value=np.inf)
    rate = (inputs["qty_demand_mean"] / inputs["protection_days"]).to_numpy(dtype=float)
    most = np.where(np.isfinite(days), np.floor(rate * np.where(np.isfinite(days), days, 0.0) + DUST), np.inf)
    capped: Ints = np.clip(most, 1, np.iinfo(np.int64).max // 2).astype(np.int64)
    return capped


def _lay_out(inputs: pd.DataFrame, grid: DemandGrid, level: Ints) -> pd.DataFrame:
    mean = inputs["qty_demand_mean"].to_numpy(dtype=float)
    reserve = np.ceil(np.maximum(level - mean, 0.0) - DUST).astype(np.int64)
    # Demand is taken as even over the interval.
    lead_demand = (mean * lead_days(inputs) / inputs["protection_days"].to_numpy(dtype=float)).round(4)
    return inputs.assign(
        service_level_expected=grid.probability_at_most(level.astype(float)),
        fill_rate_expected=grid.fill_rate(level.astype(float)).round(6),
        qty_lead_time_demand_mean=lead_demand,
        qty_order_up_to=level,
        qty_safety_stock=reserve,
        # Rounded up twice, it could pass the level that an order lifts to.
        qty_reorder_point=np.minimum(np.ceil(lead_demand + reserve - DUST).astype(np.int64), level),
        investment_minor=reserve * inputs["unit_cost_minor"].to_numpy(dtype=np.int64),
    )
