"""A stock policy run over past demand, day by day: what it would have served, held and ordered.

Belongs here: the simulation of one echelon's series side by side, its measures and their intervals.
Does not belong here: the ordering rule (`ordering`), the levels in force on each day (the caller sets them with the
functions of the nightly run, from what was known on that day).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oms_core.replenishment.ordering import in_packs, order_quantity

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_RESAMPLES = 1_000
_DAYS_A_YEAR = 365.0


@dataclass(frozen=True)
class LevelsInForce:
    """Levels (one a series, base units) from day `from_day` on, until later ones; `lot` is the Q of (r,Q)."""

    from_day: int
    order_up_to: Ints
    reorder_point: Ints
    lot: Ints


@dataclass(frozen=True)
class Setting:
    """What a policy is run under, one value a series but for `policy` and `are_sales_lost`.

    `lead_time_days` is series × days: the lead time of an order placed on that day. Unmet demand is lost, or waits.
    """

    policy: str
    review_period_days: Ints
    lead_time_days: Ints
    pack_quantity: Ints
    are_sales_lost: bool = False


@dataclass(frozen=True)
class CostRates:
    """One a series. Minor units: of an order, and a unit's cost and margin; holding as a share of the cost a year."""

    order_minor: Ints
    holding_share: Floats
    unit_cost_minor: Ints
    unit_margin_minor: Ints


@dataclass(frozen=True)
class Outcome:
    """What came of it in the measured days, one number a series.

    `qty_demand`, `qty_served` (on its day) and `qty_unmet` in base units; `qty_stock_days` the sum of closing stock
    over `days`; `cycles` review periods measured, `cycles_met` those in which nothing went unmet; `orders` placed.
    """

    days: int
    qty_demand: Ints
    qty_served: Ints
    qty_unmet: Ints
    qty_stock_days: Ints
    cycles: Ints
    cycles_met: Ints
    orders: Ints


def run_policy(demand: Ints, levels: Sequence[LevelsInForce], setting: Setting, *, measured_from: int) -> Outcome:
    """Run the policy over `demand` (series × days); days before `measured_from` only fill the pipeline.

    Each series starts with its first order-up-to level on the shelf. A day receives, serves, then looks at the position
    (on hand + on order − waiting) and orders; an order of day d with lead time L is there on the morning of day
    d + 1 + L, so that a review's level has to last for the review period and the lead time, as `levels` sets it.
    Raises ValueError without levels for the first day or without a measured day.
    """
    series_count, day_count = demand.shape
    if not levels or levels[0].from_day > 0 or not 0 <= measured_from < day_count:
        raise ValueError("a back-test needs levels from its first day on, and a day to measure")
    in_force = {level.from_day: level for level in levels}
    current, rows = levels[0], np.arange(series_count)
    on_hand, waiting = current.order_up_to.copy(), np.zeros(series_count, dtype=np.int64)
    on_order = np.zeros(series_count, dtype=np.int64)
    arrivals = np.zeros((series_count, day_count + 2 + int(setting.lead_time_days.max(initial=0))), dtype=np.int64)
    served, unmet, closing, ordered = (np.zeros((series_count, day_count), dtype=np.int64) for _ in range(4))
    phase = rows % setting.review_period_days
    for day in range(day_count):
        current = in_force.get(day, current)
        on_hand += arrivals[:, day]
        on_order -= arrivals[:, day]
        freed = np.minimum(on_hand, waiting)
        on_hand, waiting = on_hand - freed, waiting - freed
        served[:, day] = np.minimum(on_hand, demand[:, day])
        unmet[:, day] = demand[:, day] - served[:, day]
        on_hand -= served[:, day]
        waiting += 0 if setting.are_sales_lost else unmet[:, day]
        closing[:, day] = on_hand
        wanted = order_quantity(
            setting.policy,
            on_hand + on_order - waiting,
            reorder_point=current.reorder_point,
            order_up_to=current.order_up_to,
            lot=current.lot,
            is_review=day % setting.review_period_days == phase,
        )
        ordered[:, day] = in_packs(wanted, setting.pack_quantity)
        arrivals[rows, day + 1 + setting.lead_time_days[:, day]] += ordered[:, day]
        on_order += ordered[:, day]
    measured = slice(measured_from, None)
    cycles, cycles_met = _cycles(unmet[:, measured], setting.review_period_days)
    return Outcome(
        day_count - measured_from,
        demand[:, measured].sum(axis=1),
        served[:, measured].sum(axis=1),
        unmet[:, measured].sum(axis=1),
        closing[:, measured].sum(axis=1),
        cycles,
        cycles_met,
        (ordered[:, measured] > 0).sum(axis=1),
    )


def _cycles(unmet: Ints, review_period_days: Ints) -> tuple[Ints, Ints]:
    """Whole review periods from the first day on, and those of them without unmet demand, one number a series."""
    cycles = unmet.shape[1] // review_period_days
    missed = np.zeros_like(cycles)
    for period in np.unique(review_period_days):
        rows = np.flatnonzero(review_period_days == period)
        whole = unmet[rows, : int(cycles[rows[0]] * period)] if rows.size else unmet[:0]
        missed[rows] = (whole.reshape(rows.size, -1, int(period)).sum(axis=2) > 0).sum(axis=1)
    return cycles, cycles - missed


def measures(outcome: Outcome, rates: CostRates, seed: int = 0) -> pd.DataFrame:
    """Columns metric, value, low, high: the whole assortment's figures with 95 % bootstrap intervals over series.

    cycle_service, fill_rate (units served on their day ÷ demand), qty_unmet, qty_stock_mean (units), stock_value_minor
    (mean, at cost), orders, cost_minor (ordering, holding, and the margin of what went unmet). A figure that nothing
    can be divided by is NaN.
    """
    count = outcome.qty_demand.size
    rng = np.random.default_rng(seed)
    # Weights of a resample: how often each series is drawn. The first row is the assortment itself.
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=_RESAMPLES) if count else np.zeros((_RESAMPLES, 0))
    weights = np.vstack([np.ones(count), drawn]).astype(float)
    stock = outcome.qty_stock_days / outcome.days
    holding = outcome.qty_stock_days * rates.unit_cost_minor * (rates.holding_share / _DAYS_A_YEAR)
    cost = outcome.orders * rates.order_minor + holding + outcome.qty_unmet * rates.unit_margin_minor
    figures = {
        "cycle_service": _ratio(weights @ outcome.cycles_met, weights @ outcome.cycles),
        "fill_rate": _ratio(weights @ outcome.qty_served, weights @ outcome.qty_demand),
        "qty_unmet": weights @ outcome.qty_unmet,
        "qty_stock_mean": weights @ stock,
        "stock_value_minor": weights @ (stock * rates.unit_cost_minor),
        "orders": weights @ outcome.orders,
        "cost_minor": weights @ cost,
    }
    rows = [(name, found[0], *np.quantile(found[1:], [0.025, 0.975])) for name, found in figures.items()]
    return pd.DataFrame(rows, columns=["metric", "value", "low", "high"])


def _ratio(top: Floats, bottom: Floats) -> Floats:
    found = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=found, where=bottom > 0)
    return found
