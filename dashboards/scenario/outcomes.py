"""What an assortment costs and covers under a set of rules, and what the cheapest mix of levels would cost.

Belongs here: pure functions from levels, grid and rules to figures of one currency. Does not belong here: the
arithmetic (`oms_core.replenishment`), keeping scenarios (`oms_core.store`), widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from oms_core.replenishment.holding.distribution import DemandGrid
from oms_core.replenishment.holding.investment import Assortment, curve
from oms_core.replenishment.holding.levels import what_if
from oms_core.replenishment.policy.targets import PolicyRule

TODAY = "Today"


@dataclass(frozen=True)
class Outcome:
    """Safety stock in units and at cost, expected fill rate of all units, mean probability of covering the interval."""

    qty_safety_stock: int
    investment_minor: int
    fill_rate: float
    service_level: float


def outcome_today(
    levels: pd.DataFrame, grid: DemandGrid, between: Callable[[], None] = lambda: None
) -> tuple[Outcome, pd.DataFrame]:
    """Of levels as they stand (rows of `fct_safety_stock` in one currency), and the frontier beside: columns
    investment_minor, fill_rate, service_level, the cheapest mix of levels for every fill rate."""
    assortment = Assortment.from_levels(levels, grid)
    points = curve(assortment, between)[["investment_minor", "fill_rate", "service_level"]]
    return _outcome(levels, assortment), points


def outcome_under(levels: pd.DataFrame, grid: DemandGrid, rules: Sequence[PolicyRule]) -> Outcome:
    """The same series' outcome under rules."""
    changed = what_if(levels, grid, rules=rules, policy_version=0)
    return _outcome(changed, Assortment.from_levels(changed, grid))


def _outcome(levels: pd.DataFrame, assortment: Assortment) -> Outcome:
    point = assortment.point(levels["qty_order_up_to"].to_numpy(dtype=np.int64))
    return Outcome(int(levels["qty_safety_stock"].sum()), *point)


def cheapest_at(points: pd.DataFrame, fill_rate: float) -> int | None:
    """What the frontier's mix of levels of that fill rate costs, between its points; None where it does not reach so
    far.
    """
    rising = points.sort_values("fill_rate")
    if rising.empty or not rising["fill_rate"].iloc[0] <= fill_rate <= rising["fill_rate"].iloc[-1]:
        return None
    return round(float(np.interp(fill_rate, rising["fill_rate"], rising["investment_minor"].astype(float))))


def side_by_side(outcomes: Mapping[str, Outcome], points: pd.DataFrame, currency: str) -> pd.DataFrame:
    """One row a named outcome, with its differences from today's and what the frontier `points` cost for as much."""
    today = outcomes[TODAY]
    rows = [
        {
            "name": name,
            **asdict(found),
            "investment_minor_change": found.investment_minor - today.investment_minor,
            "fill_rate_change": found.fill_rate - today.fill_rate,
            "cheapest_minor": cheapest_at(points, found.fill_rate),
            "currency": currency,
        }
        for name, found in outcomes.items()
    ]
    return pd.DataFrame(rows).astype({"cheapest_minor": "Int64"})
