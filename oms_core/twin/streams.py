"""Named streams of random numbers: every draw depends on the seed, its purpose and its day alone.

Belongs here: the names and the one constructor.
Does not belong here: draws. Because a stream is made from its keys, no generator state is kept between days,
and a draw added to one purpose moves no other.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What a stream of random numbers is for. Values are part of the seed: append, never renumber."""

    NETWORK = 1
    DEMAND = 2
    PROMOTION = 3
    EPISODE = 4
    ORDERS = 5
    STORE_SALES = 6
    PURCHASE = 7
    RETURNS = 8
    LOSS = 9
    DIRT = 10
    PATIENCE = 11
    SUPPLY_STATIC = 12
    SUPPLY_OPENING = 13
    SUPPLY_PURCHASE = 14
    DELIVERIES = 15
    INSPECTIONS = 16


def stream(seed: int, purpose: Stream, *keys: int) -> np.random.Generator:
    """A fresh generator for one purpose and its keys (a day's ordinal, a supplier's index)."""
    return np.random.default_rng([seed, int(purpose), *keys])
