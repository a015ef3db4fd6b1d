"""Demand over protection intervals: the distribution of the sum over review period and lead time, series by series.

Belongs here: fitting and calibrating sums directly (daily quantiles cannot be added up), and their grid of quantiles.
Does not belong here: which interval protects a series, what level to hold (`oms_core.replenishment`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from forecasting.arrays import Floats, Ints, divide
from forecasting.calibration import volume_rank
from forecasting.features import History, Spans, busyness, closed_days, closed_share, summarise
from forecasting.known_ahead import KnownAhead
from forecasting.lateness import PROBABILITIES, delays, mixed
from forecasting.model import (
    MAX_HELD_OUT_TRAINING_ROWS,
    MAX_TRAINING_ROWS,
    MeanModel,
    ScaleModel,
    fit_mean,
    outcome,
    sample,
    sample_sums,
)
from forecasting.overrides import Overrides, busyness_of, is_altered
from forecasting.panel import Panel, build_panel
from forecasting.siblings import find_siblings
from forecasting.spread import Dispersion, Spread, Traits, fit_dispersion, fit_spread
from oms_core.replenishment.supply import lead_days

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

#: Weekly origins whose outcomes teach the spread; 12 gave 95.7 / 99.1 % at 95 / 99 (UCI, 14 days: SCIENCE.md).
_HELD_OUT_WEEKS = 12

#: A mean that would be learnt from fewer days is the series' own scale; and in a home that has no more, outcomes from
#: every day after its first week teach the spread. After eleven days of Christmas levels for 99 % held 28 % of what
#: came, so 94 % (2,650 series, 14 days; UCI); a month later they lost 2.3 times as much.
_YOUNG_DAYS, _LEAST_OWN_DAYS = 56, 7
_MAX_LENGTHS = 12
_POISSON_DRAWS = 2_000


@dataclass(frozen=True)
class IntervalDistribution:
    """Distribution of each series' demand over its protection interval, the lead time's spread included.

    `series` has sku, location_id and protection_days; the other arrays go with its rows, `qty_lead_mean` the
    lead time's part of `qty_demand_mean`. `late_demand` (series × classes of `lateness`) is what is asked for in the
    days by which lead times are longer than their mean. `widening` (of the interval) and `lead_widening` (of the lead
    time alone) ≥ 1 stretch deviations from the mean by √(1 + (σ_S ÷ σ_H)²): what a series that nobody has asked for yet
    borrows from its siblings is as unsure as they differ (σ_S), beside the pool's deviation of the cumulative forecast
    error (σ_H). `borrowed_from` says who they are, empty for all others.
    """

    series: pd.DataFrame
    qty_demand_mean: Floats
    qty_lead_mean: Floats
    traits: Traits
    lead_traits: Traits
    spread: Spread
    widening: Floats
    lead_widening: Floats
    late_demand: Floats
    model_name: str
    borrowed_from: pd.Series

    def quantile(self, probability: float) -> Floats:
        """Demand that the interval's demand stays at or below with `probability`, one number a series, base units."""
        return self._levels(self.qty_demand_mean, self.traits, self.widening, np.array([probability]))[:, 0]

    def _levels(self, mean: Floats, traits: Traits, widening: Floats, probabilities: Floats) -> Floats:
        def sure(asked: Floats) -> Floats:
            plain = np.column_stack([self.spread.quantile(mean, traits, probability) for probability in asked])
            return mean[:, None] + (plain - mean[:, None]) * widening[:, None]

        found = sure(probabilities)
        late = np.flatnonzero(self.late_demand.any(axis=1))
        if late.size:
            found[late] = mixed(sure(PROBABILITIES)[late], self.late_demand[late], probabilities)
        return np.where(mean[:, None] > 0, np.maximum(found, 0.0), 0.0)

    def grid(self, probabilities: tuple[float, ...] = GRID) -> pd.DataFrame:
        """The `interval_demand` contract's columns but for the run's: one row a series and probability."""
        rows = self.series.loc[self.series.index.repeat(len(probabilities))].reset_index(drop=True)
        rows["probability"] = np.tile(np.asarray(probabilities, dtype=float), len(self.series))
        asked = np.asarray(probabilities, dtype=float)
        whole = self._levels(self.qty_demand_mean, self.traits, self.widening, asked)
        lead = self._levels(self.qty_lead_mean, self.lead_traits, self.lead_widening, asked)
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
    history = summarise(panel)
    known = panel.keys.reset_index(names="number")
    numbers = wanted.merge(known, on=["sku", "location_id"], how="left", validate="1:1")["number"]
    rows = np.flatnonzero(numbers.notna())
    length = wanted["protection_days"].to_numpy(dtype=np.int64)
    series = numbers.to_numpy(dtype=float)[rows].astype(np.int64)
    mean, busy, volume = (np.zeros(len(wanted)) for _ in range(3))
    model, dispersion, spread = _fit(history, series, length[rows], seed)
    spans = _sums_from(series, panel.day_count - 1, length[rows])
    mean[rows] = model.rate(history, spans) * length[rows] * (1.0 - closed_share(history, spans))
    busy[rows] = np.nan_to_num(busyness(history, series, spans.origin))
    volume[rows] = _volume(history, series, spans.origin)
    overrides = overrides or Overrides.none()
    lent = _lent(history, products, model, dispersion, wanted, numbers, overrides)
    mean[lent.rows], busy[lent.rows], volume[lent.rows] = lent.mean, lent.traits.busyness, lent.traits.volume
    between, words = np.zeros(len(wanted)), np.full(len(wanted), "", dtype=object)
    between[lent.rows], words[lent.rows] = lent.deviation, lent.words
    mean, lead_mean, busy = _overridden(wanted, mean, busy, history, numbers, overrides)
    lead = np.maximum(np.rint(wanted["lead_days"].to_numpy(dtype=float)[rows]), 1).astype(np.int64)
    lead_spans = _sums_from(series, panel.day_count - 1, np.minimum(lead, length[rows]))
    expected = np.ones((2, len(wanted)))
    for part, (of_part, sums) in enumerate(((spans, mean), (lead_spans, lead_mean))):
        expected[part, rows] = dispersion.predict(history, of_part, sums[rows])
        expected[part, lent.rows] = lent.traits.dispersion
    traits, lead_traits = (Traits(busy, of_part, volume) for of_part in expected)
    name = "scale_levelset" if isinstance(model, ScaleModel) else "global_hgb_levelset"
    lead_time, lead_deviation, within = (wanted[name].to_numpy(dtype=float) for name in _LEAD_TERMS)
    widening, lead_widening = (
        np.sqrt(1.0 + divide(unlike, spread.deviation(part, of_part), 0.0) ** 2)
        for part, of_part, unlike in (
            (mean, traits, between),
            (lead_mean, lead_traits, between * within / length),
        )
    )
    return IntervalDistribution(
        wanted.drop(columns=[*_LEAD_TERMS]),
        mean,
        lead_mean,
        traits,
        lead_traits,
        spread,
        widening,
        lead_widening,
        (mean / length)[:, None] * delays(lead_time, lead_deviation),
        name,
        pd.Series(words, index=wanted.index, dtype="str"),
    )


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
    spans = _sums_from(siblings.lenders, history.panel.day_count - 1, length)
    sums = model.rate(history, spans) * length * (1.0 - closed_share(history, spans))
    traits = (
        np.nan_to_num(busyness(history, spans.series, spans.origin)),
        dispersion.predict(history, spans, sums),
        _volume(history, spans.series, spans.origin),
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


def _sums_from(series: Ints, origin: int, length: Ints) -> Spans:
    start = np.full(series.size, origin)
    return Spans(series, start, start + 1, start + length)


def _fit(history: History, series: Ints, length: Ints, seed: int) -> tuple[MeanModel, Dispersion, Spread]:
    """A mean fitted on all history, and a spread from outcomes that its earlier fit never saw; on two cores."""
    lengths = _typical(length)
    cutoff = _held_out_from(history.panel, length)
    with ThreadPoolExecutor(max_workers=1) as pool:
        whole = pool.submit(_learnt, history, lengths, seed, MAX_TRAINING_ROWS)
        earlier = _fit_until(history, cutoff, lengths, seed)
        dispersion, spread = _fit_spread(earlier, history, series, length, cutoff, seed)
        return whole.result(), dispersion, spread


def _fit_until(history: History, cutoff: int, lengths: Ints, seed: int) -> MeanModel:
    if not (history.panel.starts <= cutoff).any():
        return ScaleModel()
    return _learnt(summarise(history.panel.until(cutoff)), lengths, seed, MAX_HELD_OUT_TRAINING_ROWS)


def _learnt(history: History, lengths: Ints, seed: int, cap: int) -> MeanModel:
    if _is_young(history.panel):
        return ScaleModel()
    return fit_mean(history, sample_sums(history, lengths, seed, cap), seed)


def _is_young(panel: Panel) -> bool:
    return panel.day_count < _YOUNG_DAYS


def _typical(length: Ints) -> Ints:
    """The lengths to train on: all that occur, or evenly spread over them where there are many."""
    distinct: Ints = np.unique(length) if length.size else np.ones(1, dtype=np.int64)
    picks: Ints = np.unique(np.linspace(0, distinct.size - 1, min(distinct.size, _MAX_LENGTHS)).round().astype(int))
    chosen: Ints = distinct[picks]
    return chosen


def _held_out_from(panel: Panel, length: Ints) -> int:
    """Day index after which outcomes are kept from the spread's model: half of history or less, but in a young home."""
    last = panel.day_count - 1
    longest = int(length.max()) if length.size else 1
    cutoff = last - min(longest + 7 * (_HELD_OUT_WEEKS - 1), max(last // 2, 1))
    return min(cutoff, _LEAST_OWN_DAYS) if _is_young(panel) else cutoff


def _fit_spread(
    model: MeanModel, history: History, series: Ints, length: Ints, cutoff: int, seed: int
) -> tuple[Dispersion, Spread]:
    """From actual and predicted sums over weekly origins, of a young home daily ones. An interval longer than the
    held-out days is cut to them.
    """
    last = history.panel.day_count - 1
    origins = range(max(cutoff, 0), last, 1 if _is_young(history.panel) else 7)
    parts = [_held_out(history, series, np.minimum(length, last - max(cutoff, 0)), origin) for origin in origins]
    spans = sample(Spans.concatenate(parts), seed) if parts else None
    if spans is None or spans.size == 0:
        return Dispersion(()), _spread_without_history(history, series, length, seed)
    days = spans.last - spans.first + 1
    rate, known = outcome(history, spans)
    spans, actual = spans.take(np.flatnonzero(known)), (rate * days)[known]
    if actual.size == 0:
        return Dispersion(()), _spread_without_history(history, series, length, seed)
    predicted = model.rate(history, spans) * days[known]
    dispersion, told = fit_dispersion(history, spans, predicted, actual, seed)
    busy = np.nan_to_num(busyness(history, spans.series, spans.origin))
    volume = _volume(history, spans.series, spans.origin)
    return dispersion, fit_spread(predicted, Traits(busy, told, volume), actual)


def _volume(history: History, series: Ints, origin: Ints) -> Floats:
    """Rank of each row's series by what it had sold up to the row's origin, among all that had begun."""
    panel, found = history.panel, np.empty(series.size)
    for day in np.unique(origin):
        ranks, begun = np.zeros(panel.series_count), np.flatnonzero(panel.starts <= day)
        ranks[begun] = volume_rank(panel.sums[begun, day + 1])
        found[origin == day] = ranks[series[origin == day]]
    return found


def _held_out(history: History, series: Ints, length: Ints, origin: int) -> Spans:
    begun = (history.panel.starts[series] <= origin) & (origin + length < history.panel.day_count)
    return _sums_from(series[begun], origin, length[begun])


def _spread_without_history(history: History, series: Ints, length: Ints, seed: int) -> Spread:
    """Nothing held out yet: take sums as Poisson around their scale, the least that unrelated orders spread."""
    origin = np.full(series.size, history.panel.day_count - 1)
    mean = ScaleModel().rate(history, Spans(series, origin, origin + 1, origin + length)) * length
    repeated = np.repeat(np.concatenate([mean, [1.0]]), _POISSON_DRAWS)
    alike = Traits(np.zeros(repeated.shape), np.ones(repeated.shape), np.zeros(repeated.shape))
    return fit_spread(repeated, alike, np.random.default_rng(seed).poisson(repeated).astype(float))
