"""What a spread's quantiles really cover, by volume: the last correction of the probabilities that it is asked at.

Belongs here: coverage of held-out outcomes by class of volume, and its inverse. Does not belong here: the pools that
quantiles come from (`levelset`, `spread`), which origins are held out (`interval_fit`).

Pools know predicted size, not how much a series ever sold, and what sells most or least strays from its pool. Asking
each class of volume at the probability that covered its past outcomes (conformal, pooled by class) takes the worst
volume decile from 1.9 to 1.5 points at a target of 95 %, from 1.2 to 0.9 at 98, from 0.8 to 0.6 at 99 (Complete
Journey, 14 days, twelve origins; Online Retail 2.3 to 2.2, 1.4 to 0.9, 1.0 to 0.7).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oms_core.arrays import Floats, Ints

#: Where coverage is read; denser in the tail that safety stock lives on.
PROBABILITIES: Floats = np.concatenate(
    [np.arange(0, 90, 2) / 100, np.arange(90, 99) / 100, [0.985, 0.99, 0.9925, 0.995, 0.9975, 0.999, 0.9995, 1.0]]
)

#: Held-out outcomes that a class must have: at a target of 99 % it is read from a hundredth of them.
_CLASS_ROWS, _MAX_CLASSES = 2_500, 10

#: Equal coverages are told apart by as much, so that the inverse is one.
_STEP = 1e-9


@dataclass(frozen=True)
class Calibration:
    """`covered`: classes of volume × `PROBABILITIES`, the share of outcomes at or below the quantile of each.

    Volume is a rank between 0 and 1 (`volume_rank`); the classes are of equal width in it.
    """

    covered: Floats

    @classmethod
    def none(cls) -> Calibration:
        """What is asked for is covered."""
        return cls(PROBABILITIES[None, :])

    def asked(self, volume: Floats, probability: float | Floats) -> Floats:
        """The probability at which a spread's quantile covers `probability`, one a prediction."""
        classes = _classes(volume, len(self.covered))
        found = np.broadcast_to(np.asarray(probability, dtype=float), volume.shape).copy()
        for number, covered in enumerate(self.covered):
            rows = classes == number
            found[rows] = np.interp(found[rows], covered, PROBABILITIES)
        return found


def fit_calibration(levels: Floats, volume: Floats, actual: Floats) -> Calibration:
    """From held-out outcomes and their quantiles (rows × `PROBABILITIES`): whole units, each spread over the unit below
    it, as the quantiles are, uncut at zero: what never sells is covered as often as asked, and lowers nobody's level.
    Too few outcomes for two classes, or for one of them, correct nothing.
    """
    count = min(actual.size // _CLASS_ROWS, _MAX_CLASSES)
    is_covered = np.clip(levels - (actual[:, None] - 1.0), 0.0, 1.0)
    classes = _classes(volume, max(count, 1))
    if count < 2 or np.bincount(classes, minlength=count).min() < _CLASS_ROWS // 2:
        return Calibration.none()
    covered = np.vstack([is_covered[classes == number].mean(axis=0) for number in range(count)])
    covered[:, 0], covered[:, -1] = 0.0, 1.0
    return Calibration(np.maximum.accumulate(covered, axis=1) + _STEP * np.arange(PROBABILITIES.size))


def volume_rank(volume: Floats) -> Floats:
    """Rank of each series by what it has sold, between 0 (least) and 1; equal ones in their order."""
    rank = np.empty(volume.size)
    rank[np.argsort(volume, kind="stable")] = np.arange(volume.size) + 0.5
    return rank / max(volume.size, 1)


def _classes(volume: Floats, count: int) -> Ints:
    return np.minimum((volume * count).astype(np.int64), count - 1)
