"""What a file has already held: keys by hash, with a count, in bounded memory and across chunks.

Belongs here: counting how often a key came before, at 24 bytes a distinct key (never the rows themselves).
Does not belong here: what a repetition means.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

_HASH_KEYS = ("quartermaster-01", "quartermaster-02")


class SeenKeys:
    """Counts keys over the chunks of one file.

    Keys are told apart by 128 bits of hash: two 64-bit SipHash-like sums under different keys, of which the
    second is compared wherever the first agrees.
    """

    def __init__(self) -> None:
        self._first = np.empty(0, dtype=np.uint64)
        self._second = np.empty(0, dtype=np.uint64)
        self._count = np.empty(0, dtype=np.int64)

    def count_before(self, keys: Sequence[str]) -> np.ndarray:
        """For each key, in order: how often it came before, in earlier chunks and earlier in this one.

        Remembers the keys. Shape (len(keys),), int64.
        """
        if not len(keys):
            return np.empty(0, dtype=np.int64)
        first, second = (_hashes(keys, hash_key) for hash_key in _HASH_KEYS)
        within, inverse, distinct = _rank_within(first, second)
        earlier = self._earlier(first[distinct], second[distinct])
        self._remember(first[distinct], second[distinct], np.bincount(inverse, minlength=len(distinct)))
        return np.asarray(within + earlier[inverse])

    def _earlier(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        if not len(self._first):
            return np.zeros(len(first), dtype=np.int64)
        place = np.minimum(np.searchsorted(self._first, first), len(self._first) - 1)
        is_known = (self._first[place] == first) & (self._second[place] == second)
        return np.where(is_known, self._count[place], 0)

    def _remember(self, first: np.ndarray, second: np.ndarray, count: np.ndarray) -> None:
        place = np.minimum(np.searchsorted(self._first, first), max(len(self._first) - 1, 0))
        known = np.zeros(len(first), dtype=bool)
        if len(self._first):
            known = (self._first[place] == first) & (self._second[place] == second)
            np.add.at(self._count, place[known], count[known])
        new = ~known
        order = np.argsort(first[new], kind="stable")
        where = np.searchsorted(self._first, first[new][order])
        self._first = np.insert(self._first, where, first[new][order])
        self._second = np.insert(self._second, where, second[new][order])
        self._count = np.insert(self._count, where, count[new][order])


def _hashes(keys: Sequence[str], hash_key: str) -> np.ndarray:
    cells = np.empty(len(keys), dtype=object)
    cells[:] = keys
    return np.asarray(pd.util.hash_array(cells, hash_key=hash_key, categorize=False))


def _rank_within(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per row: its rank among equal keys, the number of its key; and the first row of each distinct key."""
    frame = pd.DataFrame({"first": first, "second": second})
    groups = frame.groupby(["first", "second"], sort=False)
    inverse = groups.ngroup().to_numpy()
    within = groups.cumcount().to_numpy()
    return within, inverse, np.flatnonzero(within == 0)
