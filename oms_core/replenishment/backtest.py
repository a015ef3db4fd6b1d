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

from oms_core.arrays import Bools, Floats, Ints, divide
from oms_core.replenishment.proposing.ordering import as_sold, order_quantity, tiers

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
    `source` numbers the series that replenishes each, −1 or None where its supplier does: what is ordered from it
    leaves once it is there, then takes the lead time. `min_order_quantity`: the least that an order takes, None a unit.
    """

    policy: str
    review_period_days: Ints
    lead_time_days: Ints
    pack_quantity: Ints
    are_sales_lost: bool = False
    source: Ints | None = None
    min_order_quantity: Ints | None = None


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
    over `days`; `stock_out_days` those on which something went unmet; `cycles` review periods measured, `cycles_met`
    those in which nothing did; `orders` placed. `qty_at_hand` (series × days, base units): what each day's demand found
    on the shelf.
    """

    days: int
    qty_demand: Ints
    qty_served: Ints
    qty_unmet: Ints
    qty_stock_days: Ints
    stock_out_days: Ints
    cycles: Ints
    cycles_met: Ints
    orders: Ints
    qty_at_hand: Ints


def run_policy(demand: Ints, levels: Sequence[LevelsInForce], setting: Setting, *, measured_from: int) -> Outcome:
    """Run the policy over `demand` (series × days); days before `measured_from` only fill the pipeline.

    Each series starts with its first order-up-to level on the shelf. A day receives, serves, then looks at the position
    (on hand + on order − waiting) and orders; an order of day d with lead time L is there on the morning of day
    d + 1 + L, so that a review's level has to last for the review period and the lead time, as `levels` sets it. A
    source serves its customers first, then what it replenishes, in equal shares where it is short; one without
    customers has no cycles.
    Raises ValueError without levels for the first day or without a measured day.
    """
    series_count, day_count = demand.shape
    if not levels or levels[0].from_day > 0 or not 0 <= measured_from < day_count:
        raise ValueError("a back-test needs levels from its first day on, and a day to measure")
    in_force = {level.from_day: level for level in levels}
    current, rows = levels[0], np.arange(series_count)
    on_hand, waiting = current.order_up_to.copy(), np.zeros(series_count, dtype=np.int64)
    on_order, owed = (np.zeros(series_count, dtype=np.int64) for _ in range(2))
    source = np.full(series_count, -1, dtype=np.int64) if setting.source is None else setting.source
    in_turn = tiers(source)
    arrivals = np.zeros((series_count, day_count + 2 + int(setting.lead_time_days.max(initial=0))), dtype=np.int64)
    at_hand, unmet, closing, ordered = (np.zeros((series_count, day_count), dtype=np.int64) for _ in range(4))
    phase = rows % setting.review_period_days
    for day in range(day_count):
        current = in_force.get(day, current)
        on_hand += arrivals[:, day]
        on_order -= arrivals[:, day]
        freed = np.minimum(on_hand, waiting)
        on_hand, waiting = on_hand - freed, waiting - freed
        at_hand[:, day] = on_hand
        served = np.minimum(on_hand, demand[:, day])
        unmet[:, day] = demand[:, day] - served
        on_hand -= served
        waiting += 0 if setting.are_sales_lost else unmet[:, day]
        stock = on_hand + on_order - waiting
        is_review = day % setting.review_period_days == phase
        ordered[:, day] = _orders(setting, current, stock, owed, source, in_turn, is_review)
        owed = owed + ordered[:, day]
        on_order += ordered[:, day]
        sent = _sent(source, owed, on_hand)
        owed = owed - sent
        on_hand -= _asked_of(source, sent)
        arrivals[rows, day + 1 + setting.lead_time_days[:, day]] += sent
        closing[:, day] = on_hand
    has_customers = (demand.sum(axis=1) > 0) | ~np.isin(rows, source)
    lived = (days[:, measured_from:] for days in (demand, at_hand, unmet, closing, ordered))
    return _counted(*lived, cycle_days=np.where(has_customers, setting.review_period_days, 0))


def _counted(demand: Ints, at_hand: Ints, unmet: Ints, closing: Ints, ordered: Ints, *, cycle_days: Ints) -> Outcome:
    """The outcome of the measured days (series × days); `cycle_days` 0 where a series has no cycles."""
    cycles, cycles_met = _cycles(unmet, cycle_days)
    return Outcome(
        days=demand.shape[1],
        qty_demand=demand.sum(axis=1),
        qty_served=(demand - unmet).sum(axis=1),
        qty_unmet=unmet.sum(axis=1),
        qty_stock_days=closing.sum(axis=1),
        stock_out_days=(unmet > 0).sum(axis=1),
        cycles=cycles,
        cycles_met=cycles_met,
        orders=(ordered > 0).sum(axis=1),
        qty_at_hand=at_hand,
    )


def _orders(
    setting: Setting,
    levels: LevelsInForce,
    stock: Ints,
    owed: Ints,
    source: Ints,
    in_turn: Sequence[Bools],
    is_review: Bools,
) -> Ints:
    """What each series orders today, in packs; a source knows by then what it is asked for."""
    ordered = np.zeros_like(stock)
    least = np.ones_like(stock) if setting.min_order_quantity is None else setting.min_order_quantity
    for tier in in_turn:
        wanted = order_quantity(
            setting.policy,
            stock - _asked_of(source, owed + ordered),
            reorder_point=levels.reorder_point,
            order_up_to=levels.order_up_to,
            lot=levels.lot,
            is_review=is_review,
        )
        ordered = np.where(tier, as_sold(wanted, pack=setting.pack_quantity, least=least), ordered)
    return ordered


def _asked_of(source: Ints, quantity: Ints) -> Ints:
    """What each series is asked for by those that it replenishes."""
    below = source >= 0
    found: Ints = np.bincount(source[below], quantity[below], minlength=source.size).astype(np.int64)
    return found


def _sent(source: Ints, owed: Ints, on_hand: Ints) -> Ints:
    """What leaves today: all from a supplier; from a source what it has, in equal shares of what is asked for."""
    below, at = source >= 0, np.maximum(source, 0)
    if not below.any():
        return owed
    asked = np.maximum(_asked_of(source, owed), 1)
    share: Ints = np.where(below, owed * np.minimum(on_hand[at], asked[at]) // asked[at], owed)
    # Of what rounding leaves each gets a unit, in their order, until it is gone.
    left = on_hand - _asked_of(source, share)
    rows = np.flatnonzero(below & (share < owed))
    rows = rows[np.argsort(source[rows], kind="stable")]
    turn = np.arange(rows.size) - np.searchsorted(source[rows], source[rows], side="left")
    share[rows] += turn < left[source[rows]]
    return share


def _cycles(unmet: Ints, cycle_days: Ints) -> tuple[Ints, Ints]:
    """Whole review periods from the first day on, and those of them without unmet demand, one number a series."""
    cycles = np.where(cycle_days > 0, unmet.shape[1] // np.maximum(cycle_days, 1), 0)
    missed = np.zeros_like(cycles)
    for period in np.unique(cycle_days[cycle_days > 0]):
        rows = np.flatnonzero(cycle_days == period)
        whole = unmet[rows, : int(cycles[rows[0]] * period)] if rows.size else unmet[:0]
        missed[rows] = (whole.reshape(rows.size, -1, int(period)).sum(axis=2) > 0).sum(axis=1)
    return cycles, cycles - missed


def measures(outcome: Outcome, rates: CostRates, seed: int = 0) -> pd.DataFrame:
    """Columns metric, value, low, high: the whole assortment's figures with 95 % bootstrap intervals over series.

    cycle_service, fill_rate (units served on their day ÷ demand), stock_out_days (of all series together), qty_unmet,
    qty_stock_mean (units), stock_value_minor (mean, at cost), orders, cost_minor (ordering, holding, and the margin of
    what went unmet). A figure that nothing can be divided by is NaN.
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
        "cycle_service": divide(weights @ outcome.cycles_met, weights @ outcome.cycles, np.nan),
        "fill_rate": divide(weights @ outcome.qty_served, weights @ outcome.qty_demand, np.nan),
        "stock_out_days": weights @ outcome.stock_out_days,
        "qty_unmet": weights @ outcome.qty_unmet,
        "qty_stock_mean": weights @ stock,
        "stock_value_minor": weights @ (stock * rates.unit_cost_minor),
        "orders": weights @ outcome.orders,
        "cost_minor": weights @ cost,
    }
    rows = [(name, found[0], *np.quantile(found[1:], [0.025, 0.975])) for name, found in figures.items()]
    return pd.DataFrame(rows, columns=["metric", "value", "low", "high"])
