"""Order-up-to levels and safety stock from the distribution of demand over the protection interval.

Belongs here: the one function that turns a target into a level. The nightly run and the workbench's "what if" both call
it on the same grid, so they give the same answer at the same target.
Does not belong here: estimating the distribution (`forecasting.interval`), targets (`policies`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oms_core.contracts.decisions import SAFETY_STOCK
from oms_core.replenishment.policies import PolicyRule, resolve

Floats = NDArray[np.float64]

METHOD = "order-up-to: smallest quantity reaching the target, from past forecast errors of the whole interval's demand"
_KEY = ["sku", "location_id"]

#: Interpolation leaves dust in the last digits; a level must not rise by a unit for it.
_DUST = 1e-6

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
    "currency",
    "method",
]


@dataclass(frozen=True)
class DemandGrid:
    """Quantiles of each series' interval demand. `qty` is series × `probabilities`, both rising."""

    keys: pd.DataFrame
    probabilities: Floats
    qty: Floats

    @classmethod
    def from_frame(cls, interval_demand: pd.DataFrame) -> DemandGrid:
        """From rows of one run of the `interval_demand` contract, in any order.

        Raises ValueError when a series lacks a probability that another has, has one twice, or falls along them.
        """
        rows = interval_demand.sort_values([*_KEY, "probability"], kind="stable")
        probabilities = np.unique(rows["probability"].to_numpy(dtype=float))
        keys = rows[_KEY].drop_duplicates().reset_index(drop=True)
        if len(rows) != len(keys) * len(probabilities) or rows.duplicated([*_KEY, "probability"]).any():
            raise ValueError("interval demand: every series needs each probability exactly once")
        qty = rows["qty_demand"].to_numpy(dtype=float).reshape(len(keys), len(probabilities))
        if len(keys) and len(probabilities) < 2:
            raise ValueError("interval demand needs two probabilities or more")
        if (np.diff(qty, axis=1) < 0).any():
            raise ValueError("interval demand falls as its probability rises")
        return cls(keys, probabilities, qty)

    def of(self, series: pd.DataFrame) -> DemandGrid:
        """The grid in the order of `series` (sku, location_id). Raises ValueError where a series has none."""
        numbered = self.keys.reset_index(names="row")
        rows = series[_KEY].merge(numbered, on=_KEY, how="left", validate="1:1")["row"]
        if rows.isna().any():
            raise ValueError(f"no interval demand for {int(rows.isna().sum())} series")
        return DemandGrid(series[_KEY].reset_index(drop=True), self.probabilities, self.qty[rows.to_numpy(dtype=int)])

    def quantile(self, probability: Floats) -> Floats:
        """Demand at one probability a series, linear between grid points, flat beyond them."""
        upper = np.clip(np.searchsorted(self.probabilities, probability, side="left"), 1, len(self.probabilities) - 1)
        lower = upper - 1
        gap = self.probabilities[upper] - self.probabilities[lower]
        share = np.clip((probability - self.probabilities[lower]) / gap, 0.0, 1.0)
        rows = np.arange(len(self.qty))
        low = self.qty[rows, lower]
        return low + share * (self.qty[rows, upper] - low)

    def probability_at_most(self, level: Floats) -> Floats:
        """Probability that demand is at most `level`, one a series; a level below the grid counts as 0."""
        count = (self.qty <= level[:, None] + _DUST).sum(axis=1)
        lower, upper = np.clip(count - 1, 0, None), np.clip(count, None, len(self.probabilities) - 1)
        rows = np.arange(len(self.qty))
        gap = self.qty[rows, upper] - self.qty[rows, lower]
        above = np.maximum(level - self.qty[rows, lower], 0.0)
        share = np.divide(above, gap, out=np.zeros(gap.shape), where=gap > 0)
        found = self.probabilities[lower] + share * (self.probabilities[upper] - self.probabilities[lower])
        return np.where(count == 0, 0.0, np.minimum(found, self.probabilities[upper]))


def order_up_to(grid: DemandGrid, service_level: Floats) -> NDArray[np.int64]:
    """Smallest whole S with F(S) ≥ the target, one a series (newsvendor and base-stock optimality)."""
    return np.ceil(grid.quantile(service_level) - _DUST).astype(np.int64)


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
    return _lay_out(inputs, grid, targets).assign(policy_version=policy_version)[_COLUMNS]


def _lay_out(inputs: pd.DataFrame, grid: DemandGrid, targets: pd.DataFrame) -> pd.DataFrame:
    mean = inputs["qty_demand_mean"].to_numpy(dtype=float)
    level = order_up_to(grid, targets["service_level_target"].to_numpy(dtype=float))
    reserve = np.ceil(np.maximum(level - mean, 0.0) - _DUST).astype(np.int64)
    # Demand is taken as even over the interval; capped, for a lead time that the capped interval does not hold.
    lead_share = np.minimum(inputs["lead_time_days_mean"].to_numpy(dtype=float) / inputs["protection_days"], 1.0)
    lead_demand = (mean * lead_share.to_numpy()).round(4)
    return pd.DataFrame(
        {
            "policy_scope": targets["policy_scope"],
            "sku": inputs["sku"],
            "location_id": inputs["location_id"],
            "service_level_target": targets["service_level_target"],
            "service_level_expected": grid.probability_at_most(level.astype(float)),
            **{name: inputs[name] for name in _INPUTS[2:7]},
            "qty_lead_time_demand_mean": lead_demand,
            "qty_order_up_to": level,
            "qty_safety_stock": reserve,
            # Rounded up twice, it could pass the level that an order lifts to.
            "qty_reorder_point": np.minimum(np.ceil(lead_demand + reserve - _DUST).astype(np.int64), level),
            "unit_cost_minor": inputs["unit_cost_minor"],
            "investment_minor": reserve * inputs["unit_cost_minor"].to_numpy(dtype=np.int64),
            "currency": inputs["currency"],
            "method": inputs["method"],
        }
    )
