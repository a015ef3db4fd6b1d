"""A small problem decided exactly, in which any places may send any units of a line: a mixed-integer program.

The search for a plan looks at whole lines, and so misses what parts of them would make possible. Where all of a problem
is small, HiGHS finds the best plan of units at once. It decides which parcels are sent and which orders ship that ship
whole; with these given, units flow from nodes to lines, and the cheapest flow is one of whole units by itself.

Belongs here: this program. Does not belong here: how it is solved (`program`), whether it is worth it
(`allocation.sourcing`).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from oms_core.allocation.costed.model import Model
from oms_core.allocation.costed.shipments import Part
from oms_core.allocation.solvers.optimiser.program import Program
from oms_core.arrays import Floats, Ints


def solve_units(model: Model, as_one: Ints, seconds_left: Callable[[], float] = lambda: math.inf) -> tuple[Part, float]:
    """The best plan found, units by line and node, and what no plan costs less than, in minor units. Where no seconds
    are left before one is found: nothing is sent.

    `as_one`, shape (O,): of orders that ship whole, those of one number do together or not at all.
    """
    return _Units(model, as_one).answer(seconds_left)


class _Units:
    def __init__(self, model: Model, as_one: Ints) -> None:
        self._model = model
        self._program = Program(float(model.unfilled_cost.sum()))
        order, sku = model.order_of_line, model.sku[model.item]
        there = np.minimum(model.most[:, None], model.own[model.item] + model.common[sku])
        may_send = np.isfinite(model.parcel_cost[model.lane]) & (model.parcels > 0)
        self._line, self._node = np.nonzero((there > 0) & may_send[order])
        most = there[self._line, self._node].astype(float)
        saved = (model.unfilled_cost / model.quantity)[self._line]
        cost = model.unit_cost[model.item[self._line], self._node] - saved
        self._column = self._program.add_columns(cost, upper=most)
        if len(self._column):
            self._add_parcels(order[self._line], most)
            self._lines(as_one)
            self._stock()

    def _add_parcels(self, order: Ints, most: Floats) -> None:
        """A parcel wherever units of an order go from; no more of them than nodes make, and one where it goes
        together."""
        model, rows = self._model, np.arange(len(self._column))
        parcels, of_units = np.unique(order * model.nodes + self._node, return_inverse=True)
        sends, sender = np.divmod(parcels, model.nodes)
        cost = model.parcel_cost[model.lane[sends], sender]
        parcel = self._program.add_columns(cost, is_integer=True)
        column = np.concatenate([self._column, parcel[of_units]])
        value = np.concatenate([np.ones(len(rows)), -most])
        self._program.add_rows(np.tile(rows, 2), column, value, np.zeros(len(rows)))
        self._program.add_rows(sender, parcel, 1.0, model.parcels)
        together = model.is_together[sends]
        orders, row = np.unique(sends[together], return_inverse=True)
        self._program.add_rows(row, parcel[together], 1.0, np.ones(len(orders)))

    def _lines(self, as_one: Ints) -> None:
        """No line more than once, nor more of it than saves anything; those of an order that ships whole as often as
        the order itself."""
        model = self._model
        self._program.add_rows(self._line, self._column, 1.0, model.most)
        whole = np.flatnonzero(model.is_whole[model.order_of_line])
        numbers, goes_of = np.unique(as_one[model.order_of_line[whole]], return_inverse=True)
        goes = self._program.add_columns(np.zeros(len(numbers)), is_integer=True)
        row_of = np.full(len(model.item), -1)
        row_of[whole] = np.arange(len(whole))
        mine = row_of[self._line] >= 0
        row = np.concatenate([row_of[self._line[mine]], np.arange(len(whole))])
        column = np.concatenate([self._column[mine], goes[goes_of]])
        value = np.concatenate([np.ones(mine.sum()), -model.quantity[whole].astype(float)])
        self._program.add_rows(row, column, value, np.zeros(len(whole)), lower=0.0)

    def _stock(self) -> None:
        """What items take beyond their own part is common."""
        model = self._model
        owned, of_units = np.unique(model.item[self._line] * model.nodes + self._node, return_inverse=True)
        item, at = np.divmod(owned, model.nodes)
        beyond = self._program.add_columns(np.zeros(len(owned)), model.common[model.sku[item], at])
        row, column = np.concatenate([of_units, np.arange(len(owned))]), np.append(self._column, beyond)
        value = np.repeat([1.0, -1.0], [len(self._column), len(owned)])
        self._program.add_rows(row, column, value, model.own.ravel()[owned])
        places, row = np.unique(model.sku[item] * model.nodes + at, return_inverse=True)
        self._program.add_rows(row, beyond, 1.0, model.common.ravel()[places])

    def answer(self, seconds_left: Callable[[], float]) -> tuple[Part, float]:
        if not len(self._column):
            return {}, float(self._model.unfilled_cost.sum())
        value, least = self._program.solve_parted(seconds_left)
        units = np.rint(value[self._column]).astype(np.int64)
        sent = np.flatnonzero(units)
        keys = zip(self._line[sent].tolist(), self._node[sent].tolist(), strict=True)
        return dict(zip(keys, units[sent].tolist(), strict=True)), least
