"""Units change hands: an order takes its cheapest plan where others make room for less than that saves.

Orders that decide one after the other leave odd units that fit nobody, and lines that would fit if a smaller one went
elsewhere. Here an order's line may push out up to four others at a node; each of these goes to the best node with units
left, or waits. An ejection chain of length one (Glover 1996, Discrete Applied Mathematics 65), taken only where the
costs of all orders that it touches fall.

Belongs here: these moves. Does not belong here: orders that move without pushing (`commit`), groups decided exactly
(`improve`).
"""

from __future__ import annotations

import numpy as np

from oms_core.allocation.costed.model import NOWHERE, Model, Supply, order_costs
from oms_core.allocation.solvers.optimiser.commit import DUST, who_gains
from oms_core.allocation.solvers.optimiser.plans import Holding, Prices, best_plans
from oms_core.arrays import Bools, Floats, Ints

#: The most units that are freed for a line, by the most lines; how many of those at a node are looked at.
_MOST_UNITS, _MOST_LINES, _LOOKED_AT = 8, 4, 12


def exchange(model: Model, node: Ints, supply: Supply) -> float:
    """Every order once, who would gain most first; what was saved. `node` and `supply` change with the plan."""
    return _Exchange(model, node, supply).run()


class _Leaving:
    """What it costs others that lines leave their nodes.

    `loss`: by line of the model, infinite where it has to stay; `queue`: the shipped lines, place (SKU and node) by
    place, by loss a unit; those of place p stand at `start[p]` to `start[p + 1]`.
    """

    def __init__(self, model: Model, node: Ints, supply: Supply, sends: Ints) -> None:
        self._model = model
        shipped = np.flatnonzero(node != NOWHERE)
        order, item, quantity = model.order_of_line[shipped], model.item[shipped], model.quantity[shipped]
        at, row = node[shipped], np.arange(len(shipped))
        parcel = model.parcel_cost[model.lane[order]]
        sending = sends[order]
        elsewhere = quantity[:, None] * model.unit_cost[item]
        elsewhere += np.where(sending > 0, 0.0, np.where(supply.parcels > 0, parcel, np.inf))
        elsewhere[supply.available[item] < quantity[:, None]] = np.inf
        elsewhere[row, at] = np.inf
        waiting = np.where(model.is_whole[order], np.inf, model.unfilled_cost[shipped])
        here = quantity * model.unit_cost[item, at] + np.where(sending[row, at] == 1, parcel[row, at], 0.0)
        lost = np.maximum(np.minimum(elsewhere.min(axis=1), waiting) - here, 0.0)
        lost[model.is_together[order] & (sending.sum(axis=1) > 1)] = np.inf
        place = model.sku[item] * model.nodes + at
        ranked = np.lexsort((lost / quantity, place))
        self.loss = np.full(len(model.item), np.inf)
        self.loss[shipped] = lost
        self.queue, self._place = shipped[ranked], place[ranked]
        self.start = np.searchsorted(self._place, np.arange(model.common.size + 1))

    def room(self, available: Ints) -> Floats:
        """What it costs to have a line's units at each node, shape (L, N): freed by one line, or by the first few."""
        model = self._model
        cost = np.full((_MOST_UNITS + 2, model.common.size), np.inf)
        cost[0] = 0.0
        loss, quantity = self.loss[self.queue], model.quantity[self.queue]
        first = self.start[self._place]
        nth = np.arange(len(first)) - first
        freed, lost = _running(quantity, first), _running(np.minimum(loss, 1e12), first)
        for units in range(1, _MOST_UNITS + 1):
            for enough, price in ((quantity >= units, loss), ((freed >= units) & (nth < _MOST_LINES), lost)):
                np.minimum.at(cost[units], self._place[enough], price[enough])
        short = np.clip(model.quantity[:, None] - available[model.item], 0, _MOST_UNITS + 1)
        return np.asarray(cost[short, model.sku[model.item][:, None] * model.nodes + np.arange(model.nodes)])


class _Exchange:
    def __init__(self, model: Model, node: Ints, supply: Supply) -> None:
        self._model, self._node, self._supply = model, node, supply
        self._order = model.order_of_line
        shipped = np.flatnonzero(node != NOWHERE)
        self._sends = np.zeros((model.orders, model.nodes), dtype=np.int64)
        np.add.at(self._sends, (self._order[shipped], node[shipped]), 1)
        self._left = supply.common
        self._leaving = _Leaving(model, node, supply, self._sends)
        self._is_done = np.zeros(model.orders, dtype=bool)
        self._before: dict[int, float] = {}
        self._moves: list[tuple[int, int]] = []

    def run(self) -> float:
        model, everyone, available = self._model, np.arange(self._model.orders), self._supply.available
        holding = Holding(self._node, self._leaving.room(available))
        can_send: Bools = self._supply.parcels > 0
        plans = best_plans(model, everyone, Prices.none(model), available, can_send, holding=holding)
        ranked = who_gains(model, self._node, plans).tolist()
        return sum(self._try(order, plans.node) for order in ranked if not self._is_done[order])

    def _try(self, order: int, aim: Ints) -> float:
        """Give the order its plan if that is possible and pays, with all who make room for it; what it saved."""
        self._before, self._moves = {}, []
        lines = range(self._model.order_start[order], self._model.order_start[order + 1])
        moving = [line for line in lines if self._node[line] != aim[line]]
        for line in moving:
            self._move(line, int(aim[line]))
        if all(self._make_room(line) for line in moving) and (self._supply.parcels >= 0).all():
            saved = sum(self._before.values()) - sum(map(self._cost, self._before))
            if saved > DUST:
                self._is_done[list(self._before)] = True
                return saved
        for line, before in reversed(self._moves.copy()):
            self._move(line, before)
        return 0.0

    def _make_room(self, line: int) -> bool:
        """Push out whom the line leaves too little; whether that is possible."""
        at, sku = self._node[line], self._model.sku[self._model.item[line]]
        if at == NOWHERE or self._left[sku, at] >= 0:
            return True
        pushed = self._who_leaves(sku * self._model.nodes + at, -self._left[sku, at])
        for other in pushed:
            self._move(other, NOWHERE)
        return all(map(self._goes_elsewhere, pushed)) and bool(self._left[sku, at] >= 0)

    def _who_leaves(self, place: int, units: int) -> list[int]:
        """Lines that free so many units of a place, cheaply; too few where there is nobody."""
        leaving, quantity = self._leaving, self._model.quantity
        there = leaving.queue[leaving.start[place] : leaving.start[place + 1]][:_LOOKED_AT].tolist()
        may_leave = [line for line in there if self._may_leave(line, place % self._model.nodes)]
        alone = min((line for line in may_leave if quantity[line] >= units), key=leaving.loss.__getitem__, default=None)
        several = may_leave[:_MOST_LINES]
        freed = np.cumsum(quantity[several])
        several = several[: int(np.searchsorted(freed, units)) + 1]
        if alone is not None and (not len(freed) or freed[-1] < units or self._is_cheaper(alone, several)):
            return [alone]
        return several

    def _may_leave(self, line: int, node: int) -> bool:
        order = int(self._order[line])
        is_there = self._node[line] == node and self._leaving.loss[line] < np.inf
        return bool(is_there and not self._is_done[order] and order not in self._before)

    def _is_cheaper(self, alone: int, several: list[int]) -> bool:
        return bool(self._leaving.loss[alone] <= self._leaving.loss[several].sum())

    def _goes_elsewhere(self, line: int) -> bool:
        """Send a line that was pushed out from the best node with units left, or let it wait; whether it may."""
        model, item, order = self._model, self._model.item[line], self._order[line]
        own = np.maximum(model.own[item] - self._supply.taken[item], 0)
        parcel = np.where(self._supply.parcels > 0, model.parcel_cost[model.lane[order]], np.inf)
        cost = model.quantity[line] * model.unit_cost[item] + np.where(self._sends[order] > 0, 0.0, parcel)
        cost[own + self._left[model.sku[item]] < model.quantity[line]] = np.inf
        node = int(cost.argmin())
        if cost[node] < model.unfilled_cost[line]:
            self._move(line, node)
            return True
        return not model.is_whole[order]

    def _move(self, line: int, node: int) -> None:
        order, before = int(self._order[line]), int(self._node[line])
        if order not in self._before:
            self._before[order] = self._cost(order)
        self._moves.append((line, before))
        if before != NOWHERE:
            self._take(line, order, before, -1)
        self._node[line] = node
        if node != NOWHERE:
            self._take(line, order, node, 1)

    def _take(self, line: int, order: int, node: int, sign: int) -> None:
        model, item = self._model, self._model.item[line]
        taken, own = self._supply.taken, model.own[item, node]
        beyond = max(taken[item, node] - own, 0)
        taken[item, node] += sign * model.quantity[line]
        self._left[model.sku[item], node] -= max(taken[item, node] - own, 0) - beyond
        was_sending = self._sends[order, node] > 0
        self._sends[order, node] += sign
        self._supply.parcels[node] -= int(self._sends[order, node] > 0) - int(was_sending)

    def _cost(self, order: int) -> float:
        return float(order_costs(self._model, self._node, np.array([order]))[0])


def _running(values: Ints | Floats, first: Ints) -> Floats:
    """Sums up to each row and with it, from the row `first` of its own on."""
    total = np.cumsum(values, dtype=float)
    return np.asarray(total - total[first] + values[first])
