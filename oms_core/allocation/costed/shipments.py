"""A plan as units: how many of a model's line each node ships.

Belongs here: the plan, what it or an order's part of it costs, whether the supply allows it. Does not belong here: the
search for a plan (`optimiser`), splitting lines (`filling`), what is said about it (`explanation`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from oms_core.allocation.costed.model import NOWHERE, Model, Supply
from oms_core.arrays import Ints

#: Units by line and node of a model: an order's part of a plan.
Part = dict[tuple[int, int], int]


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
        """Minor units: parcels, units, and what is left unfilled, in its share of what its line would cost, or is sent
        though that saves nothing."""
        if not self.units:
            return float(model.unfilled_cost.sum())
        line, node = np.array(list(self.units), dtype=np.int64).T
        units = np.array(list(self.units.values()), dtype=np.int64)
        order, sender = np.divmod(np.unique(model.order_of_line[line] * model.nodes + node), model.nodes)
        unfilled = 1 - np.minimum(np.bincount(line, units, len(model.quantity)), model.most) / model.quantity
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


def part_cost(model: Model, order: int, part: Part) -> float:
    """What an order costs: its parcels, units, and what is left of it in its share."""
    lines = range(model.order_start[order], model.order_start[order + 1])
    sent = dict.fromkeys(lines, 0)
    cost = sum(model.parcel_cost[model.lane[order], node] for node in {node for _, node in part})
    for (line, node), units in part.items():
        cost += units * model.unit_cost[model.item[line], node]
        sent[line] += units
    left = {line: 1 - min(sent[line], int(model.most[line])) / model.quantity[line] for line in lines}
    return float(cost + sum(model.unfilled_cost[line] * share for line, share in left.items()))
