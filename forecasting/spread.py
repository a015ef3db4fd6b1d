"""How a sum scatters around its prediction: pools of held-out ratios, by busyness and by predicted dispersion.

Belongs here: predicting how large a prediction's error will be, and blending the pools. Does not belong here: pooling
(`levelset`), what the blend really covers (`calibration`), which origins are held out (`interval_fit`).

The mean of both pools' quantiles loses less in the tail than busyness alone, and keeps to high targets more closely (14
days, twelve origins, 99 % pinball to the textbook's, Online Retail / Complete Journey: by busyness .576 / .569, by
dispersion .553 / .525, both .553 / .529; service at 98 and 99 %, Complete Journey: 97.8 and 98.9, 98.0 and 98.9, 98.0
and 99.0).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from forecasting.calibration import PROBABILITIES, Calibration, fit_calibration
from forecasting.features import History, Spans, features
from forecasting.levelset import LEAST_SIZE, LevelSet, fit_level_set
from forecasting.model import one_thread, small_trees
from oms_core.arrays import Floats, Ints

#: Relative errors below it count as it: the gamma loss knows no error of nothing.
_LEAST_ERROR = 0.01

#: Held-out outcomes that a half must have to learn from, and that it takes at most.
_MIN_ROWS, _MAX_ROWS = 500, 30_000


@dataclass(frozen=True)
class Traits:
    """What a prediction's pool is chosen by, one number a prediction: share of days with demand, and dispersion; and
    the rank of its series by volume, by which the blend is corrected.
    """

    busyness: Floats
    dispersion: Floats
    volume: Floats

    @property
    def awake_dispersion(self) -> Floats:
        """Dispersion, 0 for dormant series: they are a pool of their own in both."""
        return np.where(self.busyness > 0, self.dispersion, 0.0)


@dataclass(frozen=True)
class Spread:
    """Both pools. Quantiles and deviations are their means; quantiles are asked for where they cover what is wanted."""

    by_busyness: LevelSet
    by_dispersion: LevelSet
    calibration: Calibration

    def quantile(self, predicted: Floats, traits: Traits, probability: float | Floats) -> Floats:
        """As `LevelSet.quantile`."""
        asked = self.calibration.asked(traits.volume, probability)
        return 0.5 * (
            self.by_busyness.quantile(predicted, traits.busyness, asked)
            + self.by_dispersion.quantile(predicted, traits.awake_dispersion, asked)
        )

    def deviation(self, predicted: Floats, traits: Traits) -> Floats:
        """As `LevelSet.deviation`."""
        return 0.5 * (
            self.by_busyness.deviation(predicted, traits.busyness)
            + self.by_dispersion.deviation(predicted, traits.awake_dispersion)
        )


@dataclass(frozen=True)
class Dispersion:
    """Predicts |outcome − prediction| ÷ prediction of a span's sum; 1 where there was too little to learn it from."""

    regressors: tuple[HistGradientBoostingRegressor, ...]

    def predict(self, history: History, spans: Spans, predicted: Floats) -> Floats:
        """One number a span; `predicted` is its sum, base units."""
        if not self.regressors or not spans.size:
            return np.ones(spans.size)
        matrix = _matrix(history, spans, predicted)
        with one_thread():
            told: Floats = np.mean([regressor.predict(matrix) for regressor in self.regressors], axis=0)
        return told


def fit_spread(predicted: Floats, traits: Traits, actual: Floats) -> Spread:
    """Pool held-out outcomes. Raises ValueError without any."""
    by_busyness = fit_level_set(predicted, traits.busyness, actual)
    by_dispersion = fit_level_set(predicted, traits.awake_dispersion, actual)
    levels = by_busyness.spread_quantiles(predicted, traits.busyness, PROBABILITIES)
    levels += by_dispersion.spread_quantiles(predicted, traits.awake_dispersion, PROBABILITIES)
    levels *= 0.5
    return Spread(by_busyness, by_dispersion, fit_calibration(levels, traits.volume, actual))


def fit_dispersion(
    history: History, spans: Spans, predicted: Floats, actual: Floats, seed: int
) -> tuple[Dispersion, Floats]:
    """From held-out spans: the model, and what it says of these spans themselves.

    Each half of the series is told of by what the other half taught: an error learnt by heart would look small.
    """
    half = spans.series % 2
    rows = [np.flatnonzero(half != number) for number in (0, 1)]
    if min(part.size for part in rows) < _MIN_ROWS:
        return Dispersion(()), np.ones(spans.size)
    error = np.maximum(np.abs(actual - predicted) / (predicted + LEAST_SIZE), _LEAST_ERROR)
    matrix, told = _matrix(history, spans, predicted), np.empty(spans.size)
    regressors = tuple(_fit(matrix, error, part, seed) for part in rows)
    with one_thread():
        for number, regressor in enumerate(regressors):
            told[half == number] = regressor.predict(matrix[half == number])
    return Dispersion(regressors), told


def _fit(matrix: Floats, error: Floats, rows: Ints, seed: int) -> HistGradientBoostingRegressor:
    chosen = rows[:: -(-rows.size // _MAX_ROWS)]
    leaf, penalty = np.clip(chosen.size // 150, 20, 200), np.clip(chosen.size / 600, 1.0, 50.0)
    with one_thread():
        return small_trees("gamma", leaf=leaf, penalty=penalty, seed=seed).fit(matrix[chosen], error[chosen])


def _matrix(history: History, spans: Spans, predicted: Floats) -> Floats:
    """The mean model's features and the prediction; -1, which no feature takes, where unknown: scikit-learn 1.9.1
    crashes on a feature that is nowhere known.
    """
    return np.column_stack([np.nan_to_num(features(history, spans), nan=-1.0), np.log(predicted + LEAST_SIZE)])
