"""Rows that hold for whatever fits together into a knapsack, and that cut off a point which nothing whole makes up.

Lines are whole, so stock of 3 serves one line of two, not one and a half. A point is a mixture of fillings unless
covering it takes more than one of them: the least mixture that covers it is a linear program whose columns are
fillings, found by dynamic programming, and its prices are such a row (Boyd 1994, Fenchel cutting planes for integer
programs, Operations Research 42). Items that the point has nothing of count, too, as much as leaves the row true
(lifting; Balas 1975, Facets of the knapsack polytope, Mathematical Programming 8).

Belongs here: one knapsack. Does not belong here: which lines and nodes are one (`cuts`).
"""

from __future__ import annotations

from collections.abc import Iterator

import highspy
import numpy as np
from highspy import _core

from oms_core.arrays import Bools, Floats, Ints

#: What is no more than rounding; by how much of a filling a point has to be cut off for a row to be worth it.
_DUST, _ENOUGH = 1e-7, 1e-4
#: The most fillings that are looked at for one row.
_FILLINGS = 60


def cut(point: Floats, weight: Ints, capacity: int) -> Floats | None:
    """What each item counts in a row that no filling has more than 1 of, and `point` has; None where there is none.

    `point`: how much of each item there is, from 0 to 1. Each item fits by itself.
    """
    has = point > _DUST
    if weight[has].sum() <= capacity:
        return None
    kinds, kind, count = np.unique(
        np.stack([weight[has].astype(float), point[has].round(7)]), axis=1, return_inverse=True, return_counts=True
    )
    counts = _prices_of_cover(kinds[1] * count, kinds[0].astype(np.int64), count, capacity)
    result = np.zeros(len(point))
    result[has] = counts[kind]
    if result @ point <= 1 + _ENOUGH:
        return None
    best, _ = _fill(counts, kinds[0].astype(np.int64), count, np.zeros(capacity + 1))
    _lift(result, weight, ~has, best)
    return result


def _prices_of_cover(need: Floats, weight: Ints, count: Ints, capacity: int) -> Floats:
    """What each kind of item is worth in the least mixture of fillings that has `need` of every kind; scaled, so that
    no filling is worth more than 1."""
    cover = _Cover(need)
    for kind in range(len(need)):
        cover.add(np.where(np.arange(len(need)) == kind, np.minimum(count, capacity // weight), 0))
    most, price = 1.0, np.zeros(len(need))
    for _ in range(_FILLINGS):
        price = cover.prices()
        best, filling = _fill(price, weight, count, np.zeros(capacity + 1))
        most = max(float(best[-1]), 1.0)
        if price @ need <= 1 + _ENOUGH or most <= 1 + _DUST:
            break
        cover.add(filling)
    return np.asarray(price / most)


class _Cover:
    """The least mixture of fillings that covers a need."""

    def __init__(self, need: Floats) -> None:
        # As in `program`: the public class prints a banner.
        self._solver = _core._Highs()
        options: dict[str, bool | int | str] = {"output_flag": False, "threads": 1, "presolve": "off"}
        for option, value in options.items():
            self._solver.setOptionValue(option, value)
        nothing = np.zeros(0)
        for least in need.tolist():
            self._solver.addRow(least, highspy.kHighsInf, 0, nothing.astype(np.int32), nothing)

    def add(self, filling: Ints) -> None:
        kinds = np.flatnonzero(filling)
        self._solver.addCol(
            1.0, 0.0, highspy.kHighsInf, len(kinds), kinds.astype(np.int32), filling[kinds].astype(float)
        )

    def prices(self) -> Floats:
        self._solver.run()
        return np.asarray(np.maximum(self._solver.getSolution().row_dual, 0.0))


def _fill(value: Floats, weight: Ints, count: Ints, best: Floats) -> tuple[Floats, Ints]:
    """The most value by capacity, where without these kinds it is `best`, and how many of each kind fill all of it."""
    best, taken = best.copy(), np.zeros(len(value), dtype=np.int64)
    offers = []
    for kind in np.flatnonzero(value > 0).tolist():
        for many in _bundles(min(int(count[kind]), (len(best) - 1) // int(weight[kind]))):
            units = many * int(weight[kind])
            filled = best[: len(best) - units] + many * value[kind]
            pays = filled > best[units:] + _DUST * _DUST
            best[units:] = np.where(pays, filled, best[units:])
            offers.append((kind, many, units, pays))
    capacity = len(best) - 1
    for kind, many, units, pays in reversed(offers):
        if capacity >= units and pays[capacity - units]:
            taken[kind] += many
            capacity -= units
    return best, taken


def _bundles(count: int) -> Iterator[int]:
    """Bundles of 1, 2, 4, ... that any number up to `count` is made of."""
    size = 1
    while count > 0:
        yield min(size, count)
        count, size = count - size, 2 * size


def _lift(counts: Floats, weight: Ints, is_left_out: Bools, best: Floats) -> None:
    """Have items that were left out count, those of a weight as much each: `counts` changes. `best`: what is most of
    the row by capacity."""
    capacity = len(best) - 1
    for each in np.unique(weight[is_left_out]).tolist():
        alike = is_left_out & (weight == each)
        number = np.arange(1, min(int(alike.sum()), capacity // each) + 1)
        count = float(((1 - best[capacity - each * number]) / number).min(initial=1.0)) - _DUST
        if count > _ENOUGH:
            counts[alike] = count
            best, _ = _fill(np.array([count]), np.array([each]), np.array([len(number)]), best)
