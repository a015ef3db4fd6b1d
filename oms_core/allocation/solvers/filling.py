"""Splitting: a plan, filled up with the lines that no node has all of.

They get what the plan leaves. Where that is too little, they take units from lines that are cheaper to leave: the
search for a plan looks at whole lines alone, so who asks for more than any node has would starve beside a stream of
small orders, however dear it became to leave. Orders that ship whole are filled wholly or not at all.

Belongs here: giving units in parts, to whom, and what is worth taking for it. Does not belong here: the plan of whole
lines (`optimiser`), what a plan is (`shipments`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from oms_core.allocation.costed.model import Model
from oms_core.allocation.costed.shipments import Part, Shipments, part_cost
from oms_core.allocation.solvers.optimiser.commit import DUST
from oms_core.arrays import Bools, Ints


def fill_up(
    model: Model, plan: Shipments, ranked: Iterable[int], keep_going: Callable[[], bool] = lambda: True
) -> Shipments:
    """What a plan sends, and of lines that it does not send all of what nodes have.

    `ranked`: lines in the order in which they are served. A part is taken where it costs less than leaving it. Lines of
    orders that go together are left alone. Once `keep_going` says no, nobody's units are taken any more.
    """
    filling = _Filling(model, plan)
    apart = ~model.is_together[model.order_of_line]
    waiting = [line for line in ranked if apart[line] and filling.lacks(line)] if model.nodes else []
    tried: set[int] = set()
    for line in waiting:
        order = int(model.order_of_line[line])
        if model.is_whole[order]:
            if order not in tried and filling.has_large(order):
                filling.serve(filling.lines_of(order))
            tried.add(order)
        else:
            filling.fill(line)
    for line in waiting:
        order = int(model.order_of_line[line])
        if filling.is_large(line) and filling.lacks(line) and keep_going():
            filling.serve(filling.lines_of(order) if model.is_whole[order] else [line], takes=True)
    return Shipments(filling.units)


class _Filling:
    """A plan as it is filled up."""

    def __init__(self, model: Model, plan: Shipments) -> None:
        self._model, self._supply = model, plan.left(model)
        self._parts: dict[int, dict[int, int]] = {}
        for (line, at), units in plan.units.items():
            self._parts.setdefault(line, {})[at] = units
        self._items = _by_key(model.sku, len(model.common))
        self._lines = _by_key(model.sku[model.item], len(model.common))
        self._came_first: set[int] = set()

    @property
    def units(self) -> Part:
        """Units by line and node."""
        return {(line, node): units for line, parts in self._parts.items() for node, units in parts.items()}

    def lines_of(self, order: int) -> list[int]:
        """The lines of an order."""
        return list(range(int(self._model.order_start[order]), int(self._model.order_start[order + 1])))

    def lacks(self, line: int) -> int:
        """Units of a line that nobody ships, of those that save anything."""
        return max(int(self._model.most[line]) - sum(self._parts.get(line, {}).values()), 0)

    def is_large(self, line: int) -> bool:
        """Whether no node that may send a line had all of it when the run began, but some had any."""
        held = self._held(line)
        return 0 < int(held.max(initial=0)) < int(self._model.quantity[line])

    def has_large(self, order: int) -> bool:
        """Whether an order has such a line."""
        return any(self.is_large(line) for line in self.lines_of(order))

    def fill(self, line: int, at_any_price: bool = False) -> None:
        """Give a line what is left and pays, the part first that saves most."""
        model, item, order = self._model, self._model.item[line], int(self._model.order_of_line[line])
        worth = model.unfilled_cost[line] / model.quantity[line] - model.unit_cost[item]
        while left := self.lacks(line):
            there = np.minimum(self._left(int(item)), left)
            if not there.any():
                return
            sends = self._sends(order)
            parcel = np.where(sends, 0.0, model.parcel_cost[model.lane[order]])
            parcel = np.where(sends | (self._supply.parcels > 0), parcel, np.inf)
            saved = np.where(there > 0, there * worth - parcel, -np.inf)
            node = int(saved.argmax())
            if saved[node] <= (-np.inf if at_any_price else 0.0):
                return
            self._move(line, node, int(there[node]))

    def serve(self, lines: list[int], takes: bool = False) -> None:
        """Give lines of one order what is left and, where one `takes`, what others lose less by; or change nothing,
        where that costs more, or an order that ships whole would not."""
        whole = bool(self._model.is_whole[self._model.order_of_line[lines[0]]])
        others = [other for line in lines for other in self._who_loses_less(line)] if takes else []
        if takes and not others:
            return
        touched = [*lines, *dict.fromkeys(others)]
        before = {line: dict(self._parts.get(line, {})) for line in touched}
        cost = self._cost(touched)
        for line in lines:
            self._make_room(line, others)
            self.fill(line, at_any_price=whole)
        for other in dict.fromkeys(others):
            self.fill(other)
        is_whole = not whole or not any(self.lacks(line) for line in lines)
        if is_whole and self._cost(touched) < cost - DUST:
            self._came_first.update(lines)
            return
        for line in touched:
            self._drop(line)
        for line, parts in before.items():
            for node, units in parts.items():
                self._move(line, node, units)

    def _make_room(self, line: int, others: list[int]) -> None:
        may_send = self._may_send(line)
        sku = self._sku(line)
        for other in others:
            if self._left(int(self._model.item[line]))[may_send].sum() >= self.lacks(line):
                return
            if self._sku(other) == sku:
                self._drop(other)

    def _who_loses_less(self, line: int) -> list[int]:
        """Lines of other orders that are shipped the SKU from where this one may be, who loses least a unit first."""
        model, order, may_send = self._model, self._model.order_of_line[line], self._may_send(line)
        others = self._lines[self._sku(line)]
        its, loses = model.order_of_line[others], model.unfilled_cost[others] / model.quantity[others]
        bound = (its == order) | model.is_whole[its] | model.is_together[its]
        less = np.flatnonzero(~bound & (loses < model.unfilled_cost[line] / model.quantity[line]))
        return [
            other
            for other in others[less[np.argsort(loses[less], kind="stable")]].tolist()
            if other not in self._came_first and may_send[list(self._parts.get(other, {}))].any()
        ]

    def _may_send(self, line: int) -> Bools:
        model = self._model
        return np.asarray(np.isfinite(model.parcel_cost[model.lane[model.order_of_line[line]]]))

    def _held(self, line: int) -> Ints:
        item = self._model.item[line]
        held = self._model.own[item] + self._model.common[self._sku(line)]
        return np.asarray(np.where(self._may_send(line), held, 0), dtype=np.int64)

    def _left(self, item: int) -> Ints:
        """What an item can still get, by node."""
        model, taken, sku = self._model, self._supply.taken, int(self._model.sku[item])
        rows = self._items[sku]
        common = model.common[sku] - np.maximum(taken[rows] - model.own[rows], 0).sum(axis=0)
        return np.asarray(np.maximum(model.own[item] - taken[item], 0) + common, dtype=np.int64)

    def _sku(self, line: int) -> int:
        return int(self._model.sku[self._model.item[line]])

    def _sends(self, order: int) -> Bools:
        """Which nodes make a parcel for an order."""
        sends = np.zeros(self._model.nodes, dtype=bool)
        for line in self.lines_of(order):
            sends[list(self._parts.get(line, {}))] = True
        return sends

    def _move(self, line: int, node: int, units: int) -> None:
        self._supply.parcels[node] -= not self._sends(int(self._model.order_of_line[line]))[node]
        self._supply.taken[self._model.item[line], node] += units
        parts = self._parts.setdefault(line, {})
        parts[node] = parts.get(node, 0) + units

    def _drop(self, line: int) -> None:
        """Take from a line all that it is shipped."""
        order = int(self._model.order_of_line[line])
        for node, units in self._parts.pop(line, {}).items():
            self._supply.taken[self._model.item[line], node] -= units
            self._supply.parcels[node] += not self._sends(order)[node]

    def _cost(self, lines: list[int]) -> float:
        """What the orders of lines cost."""
        orders = sorted({int(self._model.order_of_line[line]) for line in lines})
        return sum(part_cost(self._model, order, self._part(order)) for order in orders)

    def _part(self, order: int) -> Part:
        return {
            (line, node): units for line in self.lines_of(order) for node, units in self._parts.get(line, {}).items()
        }


def _by_key(key: Ints, keys: int) -> list[Ints]:
    """The positions of each of so many keys."""
    order = np.argsort(key, kind="stable")
    return np.split(order, np.searchsorted(key[order], np.arange(1, keys)))
