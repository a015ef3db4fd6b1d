"""A plan as units: how many of a model's line each node ships. Plans of whole lines become such, and are filled up.

Belongs here: the plan, what it costs, whether the supply allows it, and splitting a line that no node has all of.
Does not belong here: the search for a plan (`optimiser`), what is said about it (`explanation`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from oms_core.allocation.model import NOWHERE, Ints, Model, Supply


@dataclass(frozen=True)
class Shipments:
    """Units by line and node of a model, none of them 0."""

    units: Mapping[tuple[int, int], int]

    @classmethod
    def of_lines(cls, model: Model, node: Ints) -> Shipments:
        """Whole lines, each from its `node`."""
        shipped = np.flatnonzero(node != NOWHERE).tolist()
        return cls({(line, int(node[line])): int(model.quantity[line]) for line in shipped})

    def cost(self, model: Model) -> float:
        """Minor units: parcels, units, and what is left unfilled, in its share of what its line would cost."""
        if not self.units:
            return float(model.unfilled_cost.sum())
        line, node = np.array(list(self.units), dtype=np.int64).T
        units = np.array(list(self.units.values()), dtype=np.int64)
        order, sender = np.divmod(np.unique(model.order_of_line[line] * model.nodes + node), model.nodes)
        unfilled = 1 - np.bincount(line, units, len(model.quantity)) / model.quantity
        cost = (units * model.unit_cost[model.item[line], node]).sum() + (unfilled * model.unfilled_cost).sum()
        return float(cost + model.parcel_cost[model.lane[order], sender].sum())

    def is_allowed(self, model: Model) -> bool:
        """Whether the supply has what it takes, and orders that ship whole or together do."""
        whole: dict[int, int] = {}
        for (line, _), units in self.units.items():
            order = int(model.order_of_line[line])
            whole[order] = whole.get(order, 0) + units
        asked = np.bincount(model.order_of_line, model.quantity, model.orders)
        senders = np.bincount([order for order, _ in self.parcels(model)], minlength=model.orders)
        return bool(
            self.left(model).is_enough
            and all(units == asked[order] for order, units in whole.items() if model.is_whole[order])
            and (senders[model.is_together] <= 1).all()
            and np.isfinite(self.cost(model))
        )

    def parcels(self, model: Model) -> dict[tuple[int, int], int]:
        """How many lines share each parcel, by order and node."""
        sharing: dict[tuple[int, int], int] = {}
        for line, node in self.units:
            parcel = (int(model.order_of_line[line]), node)
            sharing[parcel] = sharing.get(parcel, 0) + 1
        return sharing

    def left(self, model: Model) -> Supply:
        """What it leaves of the supply."""
        supply = Supply(model)
        for (line, node), units in self.units.items():
            supply.taken[model.item[line], node] += units
        for _, node in self.parcels(model):
            supply.parcels[node] -= 1
        return supply


def fill_up(model: Model, node: Ints, ranked: Iterable[int]) -> Shipments:
    """Whole lines from their `node`, and of those that no node has all of what nodes have.

    `ranked`: lines in the order in which they are served. A part is taken where it costs less than leaving it. Lines of
    orders that ship whole or together are left alone.
    """
    remainder = _Remainder(model, node)
    for line in ranked if model.nodes else ():
        order = model.order_of_line[line]
        if node[line] == NOWHERE and not model.is_whole[order] and not model.is_together[order]:
            remainder.fill(line)
    return Shipments(remainder.units)


class _Remainder:
    """What a plan of whole lines leaves, as it is given out in parts."""

    def __init__(self, model: Model, node: Ints) -> None:
        supply = Supply(model)
        supply.take(np.arange(model.orders), node)
        self._model = model
        self._own = np.maximum(model.own - supply.taken, 0)
        self._common, self._parcels = supply.common, supply.parcels
        self.units = dict(Shipments.of_lines(model, node).units)
        self._sends = np.zeros((model.orders, model.nodes), dtype=bool)
        shipped = np.flatnonzero(node != NOWHERE)
        self._sends[model.order_of_line[shipped], node[shipped]] = True

    def fill(self, line: int) -> None:
        """Give the line what pays, the part first that saves most."""
        model, item, order = self._model, self._model.item[line], self._model.order_of_line[line]
        sku = model.sku[item]
        worth = model.unfilled_cost[line] / model.quantity[line] - model.unit_cost[item]
        left = int(model.quantity[line])
        while left:
            there = np.minimum(self._own[item] + self._common[sku], left)
            parcel = np.where(self._sends[order], 0.0, model.parcel_cost[model.lane[order]])
            parcel = np.where(self._sends[order] | (self._parcels > 0), parcel, np.inf)
            saved = np.where(there > 0, there * worth - parcel, -np.inf)
            node = int(saved.argmax())
            if saved[node] <= 0:
                return
            self._take(line, node, int(there[node]))
            left -= int(there[node])

    def _take(self, line: int, node: int, units: int) -> None:
        item, order = self._model.item[line], self._model.order_of_line[line]
        own = min(units, int(self._own[item, node]))
        self._own[item, node] -= own
        self._common[self._model.sku[item], node] -= units - own
        self._parcels[node] -= not self._sends[order, node]
        self._sends[order, node] = True
        self.units[line, node] = units
