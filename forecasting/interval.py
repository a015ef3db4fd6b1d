"""Demand over protection intervals: the distribution of the sum over review period and lead time, series by series.

Belongs here: sums taken directly (daily quantiles cannot be added up), what overrides and siblings make of them, and
their grid of quantiles. Does not belong here: how they are learnt (`interval_fit`), which interval protects a series,
what level to hold (`oms_core.replenishment`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from forecasting.features import History, Spans, busyness, closed_days, closed_share, summarise
from forecasting.interval_fit import fit_sums, sums_from, volume_ranks
from forecasting.known_ahead import KnownAhead
from forecasting.lateness import PROBABILITIES, delays, mixed
from forecasting.model import MeanModel, ScaleModel
from forecasting.overrides import Overrides, busyness_of, is_altered
from forecasting.panel import Panel, build_panel
from forecasting.siblings import find_siblings
from forecasting.spread import Dispersion, Spread, Traits
from oms_core.arrays import Floats, Ints, divide
from oms_core.replenishment.holding.supply import lead_days

#: Probabilities of the landed grid: every usual target lies on it, and service levels in between are interpolated. The
#: lower half is for means and fill rates.
GRID = (
    *(0.05, 0.2, 0.35, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95),
    *(0.96, 0.97, 0.975, 0.98, 0.985, 0.99, 0.995, 0.999, 0.9999),
)
MAX_PROTECTION_DAYS = 120

_LEAD_TIME = ("lead_time_days_mean", "lead_time_days_std")
#: With the days of the interval that are the lead time's.
_LEAD_TERMS = (*_LEAD_TIME, "lead_days")


@dataclass(frozen=True)
class Sums:
    """What is expected of a stretch of days, and what its distribution is read by: one number a series in each.

    `mean` in base units. `widening` ≥ 1 stretches deviations from the mean by √(1 + (σ_S ÷ σ_H)²): what a series that
    nobody has asked for yet borrows from its siblings is as unsure as they differ (σ_S), beside the pool's deviation of
    the cumulative forecast error (σ_H).
    """

    mean: Floats
    traits: Traits
    widening: Floats


@dataclass(frozen=True)
class IntervalDistribution:
    """Distribution of each series' demand over its protection interval, the lead time's spread included.

    `series` has sku, location_id and protection_days; all else goes with its rows. `lead` is the lead time's part of
    the `whole` interval. `late_demand` (series × classes of `lateness`) is what is asked for in the days by which lead
    times are longer than their mean. `borrowed_from` names the siblings of a series that borrows from them, empty for
    all others.
    """

    series: pd.DataFrame
    whole: Sums
    lead: Sums
    spread: Spread
    late_demand: Floats
    model_name: str
    borrowed_from: pd.Series

    @property
    def qty_demand_mean(self) -> Floats:
        """Expected demand of the whole interval, base units."""
        return self.whole.mean

    @property
    def qty_lead_mean(self) -> Floats:
        """Expected demand of its lead time, base units."""
        return self.lead.mean

    def quantile(self, probability: float) -> Floats:
        """Demand that the interval's demand stays at or below with `probability`, one number a series, base units."""
        return self._levels(self.whole, np.array([probability]))[:, 0]

    def _levels(self, sums: Sums, probabilities: Floats) -> Floats:
        mean = sums.mean[:, None]

        def sure(asked: Floats) -> Floats:
            plain = np.column_stack([self.spread.quantile(sums.mean, sums.traits, one) for one in asked])
            return mean + (plain - mean) * sums.widening[:, None]

        found = sure(probabilities)
        late = np.flatnonzero(self.late_demand.any(axis=1))
        if late.size:
            found[late] = mixed(sure(PROBABILITIES)[late], self.late_demand[late], probabilities)
        return np.where(mean > 0, np.maximum(found, 0.0), 0.0)

    def grid(self, probabilities: tuple[float, ...] = GRID) -> pd.DataFrame:
        """The `interval_demand` contract's columns but for the run's: one row a series and probability."""
        rows = self.series.loc[self.series.index.repeat(len(probabilities))].reset_index(drop=True)
        rows["probability"] = np.tile(np.asarray(probabilities, dtype=float), len(self.series))
        asked = np.asarray(probabilities, dtype=float)
        whole, lead = self._levels(self.whole, asked), self._levels(self.lead, asked)
        # A part is no more than the whole, and both rise, also where a stretched quantile was cut at zero.
        for name, levels in (("qty_demand", whole), ("qty_lead_time_demand", np.minimum(lead, whole))):
            rows[name] = np.maximum.accumulate(levels.round(4), axis=1).ravel()
        return rows

    def means(self) -> pd.DataFrame:
        """Columns sku, location_id, protection_days, qty_demand_mean (of the whole interval), borrowed_from."""
        return self.series.assign(qty_demand_mean=self.qty_demand_mean.round(4), borrowed_from=self.borrowed_from)


def interval_demand(
    demand: pd.DataFrame,
    protection: pd.DataFrame,
    *,
    origin: date,
    seed: int = 0,
    overrides: Overrides | None = None,
    known_ahead: KnownAhead | None = None,
    products: pd.DataFrame | None = None,
) -> IntervalDistribution:
    """Distribution of the demand of the coming `protection_days` of each series of `protection`.

    `demand` as in `forecasting.daily.forecast`. `protection`: sku, location_id, protection_days (1..120), and
    optionally lead_time_days_mean, lead_time_days_std and review_period_days (0 without). Its series come back sorted;
    one that demand does not know expects none. `overrides` alter the days that they cover, the interval's demand taken
    as even; on days that `known_ahead` says are closed nothing is expected. With `products`
    (`siblings.PRODUCT_COLUMNS`) a series that nobody has asked for yet expects what its siblings do.
    Raises ValueError on malformed input, a series given twice, or an interval out of range.
    """
    return interval_panel(build_panel(demand, origin, known_ahead), _checked(protection), seed, overrides, products)


def _checked(protection: pd.DataFrame) -> pd.DataFrame:
    wanted = protection.sort_values(["sku", "location_id"], kind="stable").reset_index(drop=True)
    if wanted.duplicated(["sku", "location_id"]).any():
        raise ValueError("protection has a series twice")
    if not wanted["protection_days"].between(1, MAX_PROTECTION_DAYS).all():
        raise ValueError(f"protection_days must lie in 1..{MAX_PROTECTION_DAYS}")
    for name in _LEAD_TIME:
        wanted[name] = wanted[name] if name in wanted.columns else 0.0
    if "review_period_days" not in wanted.columns:
        wanted["review_period_days"] = 0
    return wanted.assign(lead_days=lead_days(wanted))[["sku", "location_id", "protection_days", *_LEAD_TERMS]]


def interval_panel(
    panel: Panel,
    wanted: pd.DataFrame,
    seed: int,
    overrides: Overrides | None = None,
    products: pd.DataFrame | None = None,
) -> IntervalDistribution:
    """`interval_demand` on a panel already built and a checked protection frame."""
    history, overrides = summarise(panel), overrides or Overrides.none()
    numbers = wanted.merge(
        panel.keys.reset_index(names="number"), on=["sku", "location_id"], how="left", validate="1:1"
    )["number"]
    known = np.flatnonzero(numbers.notna())
    series = numbers.to_numpy(dtype=float)[known].astype(np.int64)
    length = wanted["protection_days"].to_numpy(dtype=np.int64)
    model, dispersion, spread = fit_sums(history, series, length[known], seed)
    lent = _lent(history, products, model, dispersion, wanted, numbers, overrides)
    rows = _Rows(len(wanted), known, lent.rows)
    spans = sums_from(series, panel.day_count - 1, length[known])
    expected = model.rate(history, spans) * length[known] * (1.0 - closed_share(history, spans))
    busy = rows.filled(np.nan_to_num(busyness(history, series, spans.origin)), lent.traits.busyness)
    mean, lead_mean, busy = _overridden(wanted, rows.filled(expected, lent.mean), busy, history, numbers, overrides)
    volume = rows.filled(volume_ranks(history, series, spans.origin), lent.traits.volume)
    lead_days = np.maximum(np.rint(wanted["lead_days"].to_numpy(dtype=float)[known]), 1).astype(np.int64)
    lead_spans = sums_from(series, panel.day_count - 1, np.minimum(lead_days, length[known]))

    def summed(of: Spans, mean: Floats, unlike: Floats) -> Sums:
        told = rows.filled(dispersion.predict(history, of, mean[known]), lent.traits.dispersion, otherwise=1.0)
        traits = Traits(busy, told, volume)
        return Sums(mean, traits, np.sqrt(1.0 + divide(unlike, spread.deviation(mean, traits), 0.0) ** 2))

    lead_time, lead_deviation, within = (wanted[name].to_numpy(dtype=float) for name in _LEAD_TERMS)
    unlike, words = rows.filled(np.zeros(known.size), lent.deviation), np.full(len(wanted), "", dtype=object)
    words[lent.rows] = lent.words
    return IntervalDistribution(
        wanted.drop(columns=[*_LEAD_TERMS]),
        summed(spans, mean, unlike),
        summed(lead_spans, lead_mean, unlike * within / length),
        spread,
        (mean / length)[:, None] * delays(lead_time, lead_deviation),
        "scale_levelset" if isinstance(model, ScaleModel) else "global_hgb_levelset",
        pd.Series(words, index=wanted.index, dtype="str"),
    )


@dataclass(frozen=True)
class _Rows:
    """Which of `count` wanted series have a history of their own, and which borrow from siblings."""

    count: int
    known: Ints
    borrowing: Ints

    def filled(self, own: Floats, lent: Floats, otherwise: float = 0.0) -> Floats:
        """One number a wanted series: its own, what it borrows, or `otherwise`."""
        found = np.full(self.count, otherwise)
        found[self.known] = own
        found[self.borrowing] = lent
        return found


@dataclass(frozen=True)
class _Lent:
    """What new series (`rows` of the wanted ones) borrow: averages over their siblings, in base units of the interval,
    and the siblings' deviation from each other.
    """

    rows: Ints
    mean: Floats
    deviation: Floats
    traits: Traits
    words: tuple[str, ...]


def _lent(
    history: History,
    products: pd.DataFrame | None,
    model: MeanModel,
    dispersion: Dispersion,
    wanted: pd.DataFrame,
    numbers: pd.Series,
    overrides: Overrides,
) -> _Lent:
    siblings = None if products is None else find_siblings(history.panel, products).among(numbers)
    if siblings is None or not siblings.new.size:
        none = np.zeros(0)
        return _Lent(np.zeros(0, dtype=np.int64), none, none, Traits(none, none, none), ())
    # Several of the wanted series may be unknown to demand: a place that replenishes others sells nothing itself.
    known = numbers.dropna()
    rows = known.index.to_numpy(dtype=np.int64)[pd.Index(known).get_indexer(pd.Index(siblings.new, dtype=float))]
    days = wanted["protection_days"].to_numpy(dtype=np.int64)[rows]
    length = np.repeat(days, [part.size for part in siblings.of])
    spans = sums_from(siblings.lenders, history.panel.day_count - 1, length)
    sums = model.rate(history, spans) * length * (1.0 - closed_share(history, spans))
    traits = (
        np.nan_to_num(busyness(history, spans.series, spans.origin)),
        dispersion.predict(history, spans, sums),
        volume_ranks(history, spans.series, spans.origin),
    )
    begun = overrides.begun(wanted.iloc[rows], history.panel.origin + np.timedelta64(1, "D"), int(days.max()))
    share = (begun & (np.arange(days.max()) < days[:, None])).sum(axis=1) / days
    mean, deviation = share * siblings.mean(sums), share * siblings.deviation(sums)
    return _Lent(rows, mean, deviation, Traits(*map(siblings.mean, traits)), siblings.words)


def _overridden(
    wanted: pd.DataFrame, mean: Floats, busy: Floats, history: History, numbers: pd.Series, overrides: Overrides
) -> tuple[Floats, Floats, Floats]:
    """Mean of the interval and of its lead time, and busyness; those of overridden series as the overrides have them.

    The lead time's days come first: an order placed today is to last until the next review's is there. On days that are
    closed nothing is expected, whatever an override sets for each day of a month. `numbers` are those of the series in
    the history.
    """
    length, lead = (wanted[name].to_numpy(dtype=float) for name in ("protection_days", "lead_days"))
    lead_mean = mean * lead / length
    named = pd.MultiIndex.from_frame(overrides.rows[["sku", "location_id"]])
    rows = np.flatnonzero(pd.MultiIndex.from_frame(wanted[["sku", "location_id"]]).isin(named))
    if rows.size == 0:
        return mean, lead_mean, busy
    days = np.arange(int(length[rows].max()))
    within, of_lead = (np.clip(until[rows, None] - days, 0.0, 1.0) for until in (length, lead))
    is_open = _open_days(history, numbers.iloc[rows], days.size)
    even = divide(mean[rows], (is_open * within).sum(axis=1), 0.0)[:, None] * is_open
    first_day = history.panel.origin + np.timedelta64(1, "D")
    rate = overrides.altered(wanted.iloc[rows].reset_index(drop=True), even, first_day) * is_open
    sums = [(rate * part).sum(axis=1) for part in (within, of_lead)]
    changed = (is_altered(even, rate) & (within > 0)).any(axis=1)
    rows, mean, lead_mean, busy = rows[changed], mean.copy(), lead_mean.copy(), busy.copy()
    mean[rows] = sums[0][changed]
    lead_mean[rows] = np.minimum(sums[1][changed], mean[rows])
    busy[rows] = busyness_of(mean[rows] / length[rows], busy[rows])
    return mean, lead_mean, busy


def _open_days(history: History, numbers: pd.Series, horizon: int) -> Floats:
    """Series × days ahead: 0 for closed days, else 1; series that are unknown to the history are open."""
    found = np.ones((len(numbers), horizon))
    known = np.flatnonzero(numbers.notna())
    series = numbers.to_numpy(dtype=float)[known].astype(np.int64)
    found[known] = ~closed_days(history, series, history.panel.day_count - 1, horizon)
    return found
