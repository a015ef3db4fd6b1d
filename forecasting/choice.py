"""Which forecast a class of series gets: the global model's, or the series' own last 91 days, by held-out loss.

Belongs here: the classes, and choosing by what each forecast would have lost. Does not belong here: the forecasts.

Series that have not sold for 91 days are forecast better by their own silence than by what others sell (UCI, three
origins: SPL .417, .359, .586 of the model; .362, .250, .527 of the last days); which it is differs by assortment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oms_core.arrays import Bools, Floats, Ints

#: Dormant: no day with demand of the last 91; seldom: one in twenty or fewer; regular: more.
CLASSES = ("dormant", "seldom", "regular")
_BORDERS: Floats = np.array([1e-9, 0.05])

#: With fewer held-out outcomes than these, a class keeps the model.
_MIN_OUTCOMES = 200


@dataclass(frozen=True)
class Choice:
    """Whether each of `CLASSES` takes its last days in place of the model."""

    takes_recent: tuple[bool, ...] = (False,) * len(CLASSES)

    def of(self, busyness: Floats) -> Bools:
        """Whether each series (share of its last 91 days with demand) takes its last days."""
        chosen: Bools = np.asarray(self.takes_recent)[_class_of(busyness)]
        return chosen


def choose(busyness: Floats, model_loss: Floats, recent_loss: Floats) -> Choice:
    """By mean loss over held-out outcomes, one row an outcome; losses that are not finite do not count."""
    classes, known = _class_of(busyness), np.isfinite(model_loss) & np.isfinite(recent_loss)
    rows = [np.flatnonzero(known & (classes == number)) for number in range(len(CLASSES))]
    return Choice(tuple(bool(r.size >= _MIN_OUTCOMES and recent_loss[r].mean() < model_loss[r].mean()) for r in rows))


def _class_of(busyness: Floats) -> Ints:
    return np.searchsorted(_BORDERS, busyness, side="right").astype(np.int64)
