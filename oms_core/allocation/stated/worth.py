"""What a SKU's units are worth to orders to come: the more are left, the less each.

Belongs here: that curve, and its mean over sampled futures. Does not belong here: the futures (`scarcity`), what a line
of today takes of it (`wanted`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from oms_core.arrays import Floats, Ints


@dataclass(frozen=True)
class Worth:
    """What so many `units` of a SKU, 0 first, are worth to orders to come, in minor units: along straight lines in
    between, and no more beyond the last. It rises ever less. `line`: how many units their middling line asks for."""

    units: Ints
    value: Floats
    line: float

    def times(self, weight: float) -> Worth:
        """The same, so many times as much."""
        return replace(self, value=weight * self.value)

    def of(self, units: Ints | int) -> Floats:
        """What so many are worth."""
        return np.asarray(np.interp(units, self.units, self.value))


def mean_worth(quantity: Ints, saves: Floats, future: Ints, futures: int) -> Worth:
    """The mean over so many futures of what a SKU's units are worth: its lines' quantities, what serving each saves
    (more than nothing), and in which future it comes; at least one."""
    curves = [_curve(quantity[future == one], saves[future == one]) for one in np.unique(future)]
    units = np.unique(np.concatenate([units for units, _ in curves]))
    value = sum(np.interp(units, *curve) for curve in curves) / futures
    return Worth(units, np.asarray(value), float(np.median(quantity)))


def _curve(quantity: Ints, saves: Floats) -> tuple[Ints, Floats]:
    best = np.argsort(-saves / quantity, kind="stable")
    return np.append(0, np.cumsum(quantity[best])), np.append(0.0, np.cumsum(saves[best]))
