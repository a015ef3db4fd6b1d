"""The global mean model: one Poisson gradient-boosting model over all series, horizons and spans.

Belongs here: sampling training rows, fitting, predicting the mean of a span's daily demand.
Does not belong here: spread (`levelset`), frames (`daily`, `interval`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from forecasting.features import History, Spans, features, own_rate, scale_of
from oms_core.arrays import Bools, Floats, Ints, divide

#: One fit takes about 1.3 s of one core (UCI Online Retail, 3,700 series). Half the rows cost 1 % of SPL.
MAX_TRAINING_ROWS = 150_000
#: For a fit whose outcomes only teach a spread: 1 % of its SPL is not to be seen there.
MAX_HELD_OUT_TRAINING_ROWS = 75_000
_MIN_TRAINING_ROWS = 200
_MAX_HELD_OUT_ROWS = 100_000

#: A predicted mean stays below so many times the scale. Newton steps of the Poisson loss on leaves of almost
#: nothing but zeros once ran to 1.5e8 times (UCI, origin 2011-08-05); a true rise this steep soon shows in the scale.
_MAX_RATIO = 20.0

_BIN_COUNT = 64
_BINNING_ROWS = 20_000

#: A span whose days were mostly unobserved teaches nothing about its sum.
_MIN_OBSERVED_SHARE = 0.8


class MeanModel(Protocol):
    """Predicts mean demand a day over spans, in base units."""

    def rate(self, history: History, spans: Spans) -> Floats: ...


@dataclass(frozen=True)
class ScaleModel:
    """The series' own scale: what is left where there is too little history to learn from."""

    def rate(self, history: History, spans: Spans) -> Floats:
        """Mean demand a day of each span."""
        return own_rate(history, spans.series, spans.origin)


@dataclass(frozen=True)
class BoostedModel:
    """Demand ÷ scale by gradient boosting, Poisson loss, weighted by the scale."""

    regressor: HistGradientBoostingRegressor
    borders: tuple[Floats, ...]

    def rate(self, history: History, spans: Spans) -> Floats:
        """Mean demand a day of each span."""
        matrix = _binned(features(history, spans), self.borders)
        with one_thread():
            ratio = np.asarray(self.regressor.predict(matrix), dtype=float)
        predicted: Floats = np.minimum(ratio, _MAX_RATIO)
        scale: Floats = scale_of(history, spans.series, spans.origin)
        return predicted * scale


def _borders(matrix: Floats) -> tuple[Floats, ...]:
    """Bin borders of each feature; none for one that is nowhere known.

    scikit-learn 1.9.1 bins weighted rows itself in 4 s of a 5 s fit; features of few whole values it takes as they are.
    """
    few = matrix[:: max(matrix.shape[0] // _BINNING_ROWS, 1)]
    shares = np.arange(1, _BIN_COUNT) / _BIN_COUNT
    known = [column[np.isfinite(column)] for column in few.T]
    return tuple(np.unique(np.quantile(column, shares)) if column.size else np.zeros(0) for column in known)


def _binned(matrix: Floats, borders: tuple[Floats, ...]) -> NDArray[np.float32]:
    """Bin numbers, NaN where unknown. Features without borders are dropped: scikit-learn crashes on all-NaN ones."""
    used = [(column, border) for column, border in zip(matrix.T, borders, strict=True) if border.size]
    binned = np.empty((matrix.shape[0], len(used)), dtype=np.float32)
    for position, (column, border) in enumerate(used):
        binned[:, position] = np.searchsorted(border, column, side="right")
        binned[~np.isfinite(column), position] = np.nan
    return binned


def _weights(scale: Floats) -> Floats:
    """Weights of the rows, one on average: between the scale (Poisson demand) and even (lumpy demand)."""
    weights: Floats = scale**0.7
    return weights / float(weights.mean())


def one_thread() -> threadpool_limits:
    """Boosting on one thread: a second one gains a quarter on idle cores, and costs tenfold where another process
    holds them (its threads spin at barriers; small panels, 1.3 against 21 s). The result is the same to the byte.
    """
    return threadpool_limits(limits=1, user_api="openmp")


def sample_days(history: History, horizon: int, seed: int, cap: int = MAX_TRAINING_ROWS) -> Spans:
    """Training rows for single days: origin and horizon (1..`horizon`) drawn evenly over all series and days."""
    series, target, rng = _sample_targets(history, seed, cap)
    ahead = rng.integers(1, np.minimum(horizon, target - history.panel.starts[series]) + 1)
    return Spans(series, target - ahead, target, target)


def sample_sums(history: History, lengths: Ints, seed: int, cap: int) -> Spans:
    """Training rows for sums: the span starts the day after the origin and has one of `lengths` days."""
    series, target, rng = _sample_targets(history, seed, cap)
    length = rng.choice(lengths, size=series.size)
    origin = target - length
    keep = np.flatnonzero(origin >= history.panel.starts[series])
    return Spans(series, origin, origin + 1, target).take(keep)


def _sample_targets(history: History, seed: int, cap: int) -> tuple[Ints, Ints, np.random.Generator]:
    """Up to `cap` distinct (series, last day) cells, each after the series' own first day."""
    rng = np.random.default_rng(seed)
    panel = history.panel
    cells = np.flatnonzero(np.arange(panel.day_count) > panel.starts[:, None])
    if cells.size > cap:
        cells = np.sort(rng.choice(cells, size=cap, replace=False))
    return cells // panel.day_count, cells % panel.day_count, rng


def sample(spans: Spans, seed: int) -> Spans:
    """The rows, or as many of them as are held out at the most, drawn evenly."""
    if spans.size <= _MAX_HELD_OUT_ROWS:
        return spans
    chosen = np.random.default_rng(seed).choice(spans.size, size=_MAX_HELD_OUT_ROWS, replace=False)
    return spans.take(np.sort(chosen))


def outcome(history: History, spans: Spans) -> tuple[Floats, Bools]:
    """Mean observed demand a day of each span, and whether enough of its days were observed inside the panel."""
    qty, days = history.panel.totals(spans.series, spans.first, spans.last)
    length = spans.last - spans.first + 1
    known = (days >= _MIN_OBSERVED_SHARE * length) & (spans.last < history.panel.day_count)
    return divide(qty, days, 0.0), known


def small_trees(loss: str, *, leaf: float, penalty: float, seed: int, bins: int = 255) -> HistGradientBoostingRegressor:
    """Small, strongly shrunk trees: with 31 leaves and a tenth of the penalty SPL moved by .009 with the seed (UCI,
    .3874 and .3787); so it is .3767 and .3765.
    """
    return HistGradientBoostingRegressor(
        loss=loss,
        learning_rate=0.08,
        max_iter=80,
        max_leaf_nodes=15,
        min_samples_leaf=int(leaf),
        l2_regularization=float(penalty),
        early_stopping=False,
        max_bins=bins,
        random_state=seed,
    )


def fit_mean(history: History, spans: Spans, seed: int) -> MeanModel:
    """Fit on the spans whose outcome is known; too few of them, or no demand at all, gives `ScaleModel`."""
    actual, known = outcome(history, spans)
    rows = np.flatnonzero(known)
    if rows.size < _MIN_TRAINING_ROWS or not actual[rows].any():
        return ScaleModel()
    spans, actual = spans.take(rows), actual[rows]
    scale = scale_of(history, spans.series, spans.origin)
    matrix = features(history, spans)
    borders = _borders(matrix)
    leaf, penalty = np.clip(rows.size // 375, 20, 400), np.clip(rows.size / 1_500, 1.0, 100.0)
    regressor = small_trees("poisson", leaf=leaf, penalty=penalty, seed=seed, bins=_BIN_COUNT)
    with one_thread():
        regressor.fit(_binned(matrix, borders), actual / scale, sample_weight=_weights(scale))
    return BoostedModel(regressor, borders)
