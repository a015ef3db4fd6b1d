"""The sourcing problem in numbers: orders, their lines, and what each node holds, may send and costs.

Belongs here: the arrays that solvers read, what a plan costs in them, and what it leaves of the supply.
Does not belong here: where costs come from (`costs`), how a plan is found (`optimiser`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from oms_core.arrays import Bools, Floats, Ints

#: The node of a line that nobody ships.
NOWHERE = -1


@dataclass(frozen=True)
class Model:
    """O orders of L lines, N nodes, I items (a SKU as one group of channels may take it), S SKUs. Costs in minor units.

    A line is shipped whole from one node or not at all; an order's lines at one node make one parcel. An item may take
    its `own` part of a node's stock and, with all other items of the SKU, the `common` one.

    Raises ValueError where the arrays do not fit together or an order has two lines of one SKU.
    """

    order_start: Ints  # (O + 1,): lines order_start[o] to order_start[o + 1] are order o's, at least one
    lane: Ints  # (O,): row of parcel_cost
    item: Ints  # (L,): row of unit_cost and own
    quantity: Ints  # (L,): base units
    unfilled_cost: Floats  # (L,): what it costs to ship none of the line now
    parcel_cost: Floats  # (lanes, N): a parcel of the node on that lane; infinite where it may not send
    unit_cost: Floats  # (I, N): a unit of the item from that node
    sku: Ints  # (I,): row of common
    own: Ints  # (I, N): base units
    common: Ints  # (S, N): base units
    parcels: Ints  # (N,): how many the node can still send
    is_whole: Bools  # (O,): all of its lines or none
    is_together: Bools  # (O,): from one node only
    worth_sending: Ints | None = None  # (L,): how many units of a line save anything, if it is sent in parts; None: all

    def __post_init__(self) -> None:
        orders, lines, nodes = len(self.lane), len(self.item), self.parcel_cost.shape[1]
        shapes = {
            "order_start": (orders + 1,), "quantity": (lines,), "unfilled_cost": (lines,), "parcels": (nodes,),
            "unit_cost": (len(self.sku), nodes), "own": (len(self.sku), nodes),
            "common": (len(self.common), nodes), "is_whole": (orders,), "is_together": (orders,), "most": (lines,),
        }  # fmt: skip
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} has shape {getattr(self, name).shape}, not {shape}")
        if orders and (np.diff(self.order_start) < 1).any():
            raise ValueError("an order has no line")
        pairs = self.order_of_line * max(len(self.common), 1) + self.sku[self.item]
        if len(np.unique(pairs)) != lines:
            raise ValueError("an order has two lines of one SKU: join them")

    @property
    def most(self) -> Ints:
        """How many units of every line save anything, shape (L,)."""
        return self.quantity if self.worth_sending is None else self.worth_sending

    @property
    def orders(self) -> int:
        """How many orders there are."""
        return len(self.lane)

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return int(self.parcel_cost.shape[1])

    @cached_property
    def order_of_line(self) -> Ints:
        """The order of every line, shape (L,)."""
        return np.repeat(np.arange(self.orders), np.diff(self.order_start))

    @cached_property
    def stock(self) -> Ints:
        """All that a node holds of a SKU, whoever may take it, shape (S, N)."""
        total = self.common.copy()
        np.add.at(total, self.sku, self.own)
        return total


@dataclass(frozen=True)
class Lines:
    """The lines of some orders, one after the other.

    `index` of each in the model and its order's `position` among them; of each order, its `first` line here and their
    `count`.
    """

    index: Ints
    position: Ints
    first: Ints
    count: Ints

    @classmethod
    def of(cls, model: Model, orders: Ints) -> Lines:
        """The lines of `orders`, in their order."""
        count = model.order_start[orders + 1] - model.order_start[orders]
        first = np.cumsum(count) - count
        index = np.arange(count.sum()) - np.repeat(first - model.order_start[orders], count)
        return cls(index, np.repeat(np.arange(len(orders)), count), first, count)


def order_costs(model: Model, node: Ints, orders: Ints) -> Floats:
    """What each of `orders` costs where `node` (of every line of the model) ships its lines, shape of `orders`."""
    lines = Lines.of(model, orders)
    chosen = node[lines.index]
    shipped = chosen != NOWHERE
    index, at = lines.index[shipped], chosen[shipped]
    cost = np.where(shipped, 0.0, model.unfilled_cost[lines.index])
    cost[shipped] = model.quantity[index] * model.unit_cost[model.item[index], at]
    position, sender = np.divmod(np.unique(lines.position[shipped] * model.nodes + at), model.nodes)
    parcels = model.parcel_cost[model.lane[orders[position]], sender]
    total = np.bincount(lines.position, cost, len(orders)) + np.bincount(position, parcels, len(orders))
    return np.asarray(total, dtype=np.float64)


class Supply:
    """What is left of a model's supply as plans take of it."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.taken = np.zeros_like(model.own)
        self.parcels = model.parcels.copy()

    def copy(self) -> Supply:
        """Another supply in the same state."""
        other = Supply(self._model)
        other.taken, other.parcels = self.taken.copy(), self.parcels.copy()
        return other

    @property
    def common(self) -> Ints:
        """What is left of the common part, shape (S, N)."""
        left = self._model.common.copy()
        np.subtract.at(left, self._model.sku, np.maximum(self.taken - self._model.own, 0))
        return left

    @property
    def available(self) -> Ints:
        """What each item can still get, shape (I, N)."""
        return np.asarray(np.maximum(self._model.own - self.taken, 0) + self.common[self._model.sku], dtype=np.int64)

    @property
    def is_enough(self) -> bool:
        """Whether no more was taken than there was."""
        return bool((self.common >= 0).all() and (self.parcels >= 0).all())

    def take(self, orders: Ints, node: Ints) -> None:
        """Take what `orders` get from `node` (of every line of the model)."""
        self._move(orders, node, 1)

    def give_back(self, orders: Ints, node: Ints) -> None:
        """Undo `take`."""
        self._move(orders, node, -1)

    def _move(self, orders: Ints, node: Ints, sign: int) -> None:
        lines = Lines.of(self._model, orders)
        chosen = node[lines.index]
        shipped = chosen != NOWHERE
        index, at = lines.index[shipped], chosen[shipped]
        np.add.at(self.taken, (self._model.item[index], at), sign * self._model.quantity[index])
        senders = np.unique(lines.position[shipped] * self._model.nodes + at) % self._model.nodes
        self.parcels -= sign * np.bincount(senders, minlength=self._model.nodes)
