"""Demand over an interval whose lead time varies: the mixture over lead times, gamma by their mean and deviation.

Belongs here: lead times to mix over, and the mixture's quantiles. Does not belong here: demand over an interval of a
given length (`spread`), mean and deviation of lead times (`oms_core.replenishment.holding.lead_times`).

A late delivery moves all of the interval's demand, and lead times have a long right tail: deviations stretched alike on
both sides left levels for high targets too low. Levels for receipts to come (USAID's, 24 suppliers of twelve or more,
scaled to two weeks; demand of 0.2 to 40 a day, a week's review; from six receipts each / from half of them), pinball
loss at 98 and 99 % over mean demand: stretched .178 and .147 / .053 and .035, moved .172 and .139 / .051 and .032; at
90 and 95 % .289 and .234 / .142 and .094, moved .289 and .231 / .142 and .093.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from oms_core.arrays import Floats, divide

#: Borders of the classes of lead times, as probabilities; finer where levels for high targets come from.
_BORDERS: Floats = np.array([0.0, 0.2, 0.4, 0.6, 0.75, 0.85, 0.92, 0.96, 0.98, 0.99, 0.996, 1.0])
#: What each of the classes weighs.
WEIGHTS: Floats = np.diff(_BORDERS)
#: Where the demand of an interval of mean length is read.
PROBABILITIES: Floats = np.concatenate(
    [np.arange(1, 18) / 20, [0.875, 0.9, 0.925, 0.95, 0.97, 0.98, 0.985, 0.99, 0.995, 0.998, 0.9995, 0.9999]]
)
_MASSES: Floats = np.diff(np.concatenate([[0.0], (PROBABILITIES[1:] + PROBABILITIES[:-1]) / 2, [1.0]]))
_CHUNK_ROWS = 2_000


def delays(mean: Floats, deviation: Floats) -> Floats:
    """Days by which the lead times of each class are longer than the mean, on average: series × classes. Weighted, they
    make 0; each is 0 where nothing varies.
    """
    varies = (deviation > 0) & (mean > 0)
    shape = np.where(varies, divide(mean, deviation, 1.0), 1.0)[:, None] ** 2
    # A gamma's mean up to its quantile is its mean times the probability by a gamma of one more in shape.
    below = special.gammainc(shape + 1.0, special.gammaincinv(shape, _BORDERS[None, :]))
    below[:, -1] = 1.0
    found: Floats = np.where(varies[:, None], mean[:, None] * (np.diff(below, axis=1) / WEIGHTS - 1.0), 0.0)
    return found


def mixed(levels: Floats, shifts: Floats, wanted: Floats) -> Floats:
    """Quantiles at `wanted` (rows × probabilities) of what is at `PROBABILITIES` as `levels` say, moved by each of
    `shifts` (rows × classes) as often as `WEIGHTS` say.
    """
    parts = [
        _mixed(levels[first : first + _CHUNK_ROWS], shifts[first : first + _CHUNK_ROWS], wanted)
        for first in range(0, len(levels), _CHUNK_ROWS)
    ]
    return np.vstack([np.zeros((0, wanted.size)), *parts])


def _mixed(levels: Floats, shifts: Floats, wanted: Floats) -> Floats:
    values = (levels[:, :, None] + shifts[:, None, :]).reshape(len(levels), -1)
    order = np.argsort(values, axis=1, kind="stable")
    values = np.take_along_axis(values, order, axis=1)
    weights = np.outer(_MASSES, WEIGHTS).ravel()[order]
    reached = np.cumsum(weights, axis=1) - weights / 2
    return np.vstack([np.interp(wanted, *row) for row in zip(reached, values, strict=True)])
