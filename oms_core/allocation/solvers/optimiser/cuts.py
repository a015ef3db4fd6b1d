"""Rows that every plan of whole lines obeys and a mixture of plans does not: HiGHS finds few of them by itself.

Two things are whole. *Lines*: those of a SKU that ship from some of its nodes fit together into what lies there
(`knapsacks`). *Parcels*: where no node counts more than k of q lines of an order, whoever ships all q sends q / k
parcels, so the lines counted less the parcels of their nodes are at most q - ⌈q / k⌉ (Cho, Padberg & Rao 1983, On the
uncapacitated plant location problem, Mathematics of Operations Research 8).

Belongs here: which of them a point breaks. Does not belong here: the program that they tighten (`subproblem`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np

from oms_core.allocation.solvers.optimiser import knapsacks
from oms_core.arrays import Bools, Floats, Ints

#: What is no more than rounding; by how much a row has to be broken to be worth it.
_DUST, _ENOUGH = 1e-6, 1e-3
#: The most units of a knapsack: where more lie, what is whole matters little. The most lines of an order's row.
_MOST_UNITS, _MOST_LINES = 2000, 6

#: A row: columns, what each of them counts, and what they are at most together.
Row: TypeAlias = tuple[Ints, Floats, float]


@dataclass(frozen=True)
class Columns:
    """A program's columns of lines at nodes, and of orders' parcels at nodes.

    `column` of each pair of a `line` and a `node`; the line's `sku`, `quantity` and `order`. `sending`, shape (O, N):
    the column of an order's parcel, -1 where there is none. `stock`, shape (S, N): units that all lines may have.
    """

    column: Ints
    line: Ints
    node: Ints
    sku: Ints
    quantity: Ints
    order: Ints
    sending: Ints
    stock: Ints


class Cuts:
    """Which rows a point breaks."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._of_skus = _parts(columns.sku)
        # With a single line, the line is the parcel.
        sends: Bools = columns.sending.max(axis=1)[columns.order] >= 0
        self._of_orders = [part for part in _parts(np.where(sends, columns.order, -1)) if sends[part[0]]]

    def broken(self, value: Floats) -> list[Row]:
        """Rows that the columns' `value` breaks."""
        has = np.clip(value[self._columns.column], 0.0, 1.0)
        is_parted = (has > _DUST) & (has < 1 - _DUST)
        stock = [row for part in self._of_skus if is_parted[part].any() for row in self._of_stock(part, has)]
        orders = [part for part in self._of_orders if is_parted[part].any()]
        return stock + [row for part in orders for row in self._of_parcels(part, has, value)]

    def _of_stock(self, part: Ints, has: Floats) -> Iterator[Row]:
        """Rows of lines of one SKU: at each node, at the nodes that share a line, and at all."""
        columns, stock = self._columns, self._columns.stock[self._columns.sku[part[0]]]
        for nodes in _sets_of_nodes(columns.line[part], columns.node[part], has[part]):
            mine = part[np.isin(columns.node[part], nodes)]
            capacity = int(stock[nodes].sum())
            if capacity > _MOST_UNITS:
                continue
            first, line = np.unique(columns.line[mine], return_index=True, return_inverse=True)[1:]
            counts = knapsacks.cut(
                np.minimum(np.bincount(line, has[mine]), 1.0), columns.quantity[mine[first]], capacity
            )  # fmt: skip
            if counts is not None:
                yield _row(columns.column[mine], counts[line], 1.0)

    def _of_parcels(self, part: Ints, has: Floats, value: Floats) -> Iterator[Row]:
        """The row of lines and parcels of one order that is broken most, of as few lines as break one."""
        columns = self._columns
        lines, line = np.unique(columns.line[part], return_inverse=True)
        nodes, node = np.unique(columns.node[part], return_inverse=True)
        column, here = np.full((len(lines), len(nodes)), -1), np.full((len(lines), len(nodes)), -1.0)
        column[line, node], here[line, node] = columns.column[part], has[part]
        sending = columns.sending[columns.order[part[0]], nodes]
        for few in range(3, min(len(lines), _MOST_LINES) + 1):
            found = [
                (*_most_broken(here[list(some)], value[sending], each), list(some), few - -(-few // each))
                for some in combinations(range(len(lines)), few)
                for each in range(2, few)
            ]
            over, counted, some, most = max(found, key=lambda one: one[0] - one[3])
            if over > most + _ENOUGH:
                counted[:, counted.sum(axis=0) < 2] = False
                chosen = np.concatenate([column[some][counted], sending[counted.any(axis=0)]])
                yield chosen, np.repeat([1.0, -1.0], [counted.sum(), counted.any(axis=0).sum()]), float(most)
                return


def _parts(key: Ints) -> list[Ints]:
    """Where each key stands."""
    ranked = np.argsort(key, kind="stable")
    return np.split(ranked, np.flatnonzero(np.diff(key[ranked])) + 1) if len(key) else []


def _sets_of_nodes(line: Ints, node: Ints, has: Floats) -> list[list[int]]:
    """Nodes whose lines are looked at together."""
    there = has > _DUST
    shared = [sorted(set(node[there & (line == one)].tolist())) for one in np.unique(line[there & (has < 1 - _DUST)])]
    sets = {(one,) for nodes in shared for one in nodes} | {tuple(nodes) for nodes in shared}
    sets |= {tuple(np.unique(node).tolist())}
    return [list(nodes) for nodes in sorted(sets)]


def _most_broken(here: Floats, sent: Floats, each: int) -> tuple[float, Bools]:
    """The most that lines less parcels can come to, where a node counts up to `each` of the lines `here` (lines,
    nodes); and which lines it counts."""
    counted = np.zeros(here.shape, dtype=bool)
    np.put_along_axis(counted, np.argsort(-here, axis=0, kind="stable")[:each], True, axis=0)
    counted &= here >= 0
    over = np.where(counted, here, 0.0).sum(axis=0) - sent
    # Nodes that have none of it count, too: else the point would only move there.
    counted[:, over < -_DUST] = False
    return float(np.maximum(over, 0.0).sum()), counted


def _row(column: Ints, counts: Floats, most: float) -> Row:
    return column[counts > 0], counts[counts > 0], most
