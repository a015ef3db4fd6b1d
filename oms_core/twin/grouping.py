"""Sums inside groups, without a loop.

Belongs here: array helpers that both simulations need.
Does not belong here: anything that knows what is summed.
"""

from __future__ import annotations

import numpy as np

from oms_core.arrays import Ints


def cumulated_before(group: Ints, quantity: Ints) -> Ints:
    """For each element, the sum of `quantity` of earlier elements of its group."""
    if len(group) == 0:
        return np.zeros(0, dtype=np.int64)
    order = np.argsort(group, kind="stable")
    running = np.cumsum(quantity[order]) - quantity[order]
    first = np.flatnonzero(np.diff(group[order], prepend=-1))
    base = np.repeat(running[first], np.diff(np.append(first, len(group))))
    before = np.empty_like(running)
    before[order] = running - base
    return before
