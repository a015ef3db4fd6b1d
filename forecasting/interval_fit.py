"""Learning what a sum of coming days is: its mean, how far outcomes lie from it, and from which past that is seen.

Belongs here: which origins are held out, fitting the mean on all history and the spread on what an earlier fit never
saw. Does not belong here: the distribution of an interval that is made of them (`interval`), the models (`model`,
`spread`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from forecasting.calibration import volume_rank
from forecasting.features import History, Spans, busyness, summarise
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
from forecasting.panel import Panel
from forecasting.spread import Dispersion, Spread, Traits, fit_dispersion, fit_spread
from oms_core.arrays import Floats, Ints

#: Weekly origins whose outcomes teach the spread; 12 gave 95.7 / 99.1 % at 95 / 99 (UCI, 14 days).
_HELD_OUT_WEEKS = 12

#: A mean that would be learnt from fewer days is the series' own scale; and in a home that has no more, outcomes from
#: every day after its first week teach the spread. After eleven days of Christmas levels for 99 % held 28 % of what
#: came, so 94 % (2,650 series, 14 days; UCI); a month later they lost 2.3 times as much.
_YOUNG_DAYS, _LEAST_OWN_DAYS = 56, 7
_MAX_LENGTHS = 12
_POISSON_DRAWS = 2_000


def sums_from(series: Ints, origin: int, length: Ints) -> Spans:
    """The `length` days after `origin` of each series."""
    start = np.full(series.size, origin)
    return Spans(series, start, start + 1, start + length)


def fit_sums(history: History, series: Ints, length: Ints, seed: int) -> tuple[MeanModel, Dispersion, Spread]:
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
    volume = volume_ranks(history, spans.series, spans.origin)
    return dispersion, fit_spread(predicted, Traits(busy, told, volume), actual)


def volume_ranks(history: History, series: Ints, origin: Ints) -> Floats:
    """Rank of each row's series by what it had sold up to the row's origin, among all that had begun."""
    panel, found = history.panel, np.empty(series.size)
    for day in np.unique(origin):
        ranks, begun = np.zeros(panel.series_count), np.flatnonzero(panel.starts <= day)
        ranks[begun] = volume_rank(panel.sums[begun, day + 1])
        found[origin == day] = ranks[series[origin == day]]
    return found


def _held_out(history: History, series: Ints, length: Ints, origin: int) -> Spans:
    begun = (history.panel.starts[series] <= origin) & (origin + length < history.panel.day_count)
    return sums_from(series[begun], origin, length[begun])


def _spread_without_history(history: History, series: Ints, length: Ints, seed: int) -> Spread:
    """Nothing held out yet: take sums as Poisson around their scale, the least that unrelated orders spread."""
    origin = np.full(series.size, history.panel.day_count - 1)
    mean = ScaleModel().rate(history, Spans(series, origin, origin + 1, origin + length)) * length
    repeated = np.repeat(np.concatenate([mean, [1.0]]), _POISSON_DRAWS)
    alike = Traits(np.zeros(repeated.shape), np.ones(repeated.shape), np.zeros(repeated.shape))
    return fit_spread(repeated, alike, np.random.default_rng(seed).poisson(repeated).astype(float))
