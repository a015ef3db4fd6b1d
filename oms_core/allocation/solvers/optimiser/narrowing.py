"""Which nodes are worth trying for which line, when prices of stock and parcels are known.

A line at a node whose order would pay far more at the prices than for its cheapest plan is hardly ever in a good plan
of all: programs without such columns are solved in a third of the time.

Belongs here: this estimate. Does not belong here: the programs (`subproblem`), the prices (`prices`).
"""

from __future__ import annotations

import numpy as np

from oms_core.allocation.costed.model import NOWHERE, Lines, Model
from oms_core.allocation.solvers.optimiser.plans import Plans, Prices
from oms_core.arrays import Bools, Floats

#: How much dearer a plan may be at the prices, in orders of middling cost.
_DEARER = 1 / 6


def worth_trying(model: Model, prices: Prices, cheapest: Plans) -> Bools:
    """Where each line may be tried, shape (L, N). `cheapest`: every order's plan at the prices."""
    return np.asarray(_dearer(model, prices, cheapest) <= _DEARER * max(float(cheapest.cost.mean()), 0.0))


def _dearer(model: Model, prices: Prices, cheapest: Plans) -> Floats:
    """About how much dearer than its cheapest plan an order's best plan with a line at a node is, shape (L, N): the
    node joins the cheapest plan and takes over what it does cheaper, or ships all."""
    lines = Lines.of(model, np.arange(model.orders))
    order, row = lines.position, np.arange(len(lines.index))
    sku = model.sku[model.item]
    cost = model.quantity[:, None] * (model.unit_cost[model.item] + prices.unit[sku])
    cost += prices.of_lines(sku, model.quantity)[:, None]
    parcel = model.parcel_cost[model.lane] + prices.parcel
    skipped = np.where(model.is_whole[order], np.inf, model.unfilled_cost)
    is_shipped = cheapest.node != NOWHERE
    now = np.where(is_shipped, cost[row, cheapest.node], model.unfilled_cost)
    sends = np.zeros(parcel.shape, dtype=bool)
    sends[order[is_shipped], cheapest.node[is_shipped]] = True
    at_most = np.minimum(cost, skipped[:, None])
    saved = np.maximum(now[:, None] - at_most, 0.0)
    others = np.add.reduceat(saved, lines.first)[order] - saved
    joining = np.where(sends, 0.0, parcel)[order] + cost - now[:, None] - others
    alone = (np.add.reduceat(at_most, lines.first) + parcel - cheapest.cost[:, None])[order] + cost - at_most
    return np.asarray(np.minimum(joining, alone))
