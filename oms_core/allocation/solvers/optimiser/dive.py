"""A first plan: the surest orders are decided, prices follow what is left, and so on.

Prices clear the market of all orders, part by part: half an order from here, half from there. Orders are whole, so what
is left once some are decided is worth other prices: a node's last unit serves no line of two. A dive, as in solvers
of integer programs (Berthold 2006, Primal heuristics for mixed integer programs), with prices in place of a linear
program; where stock is scarce, half of what one pass at the first prices loses is not lost.

Belongs here: how deciding and pricing alternate. Does not belong here: either of them (`commit`, `prices`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from oms_core.allocation.costed.model import Lines, Model, Supply
from oms_core.allocation.solvers.optimiser.commit import commit, commit_surest
from oms_core.allocation.solvers.optimiser.plans import Prices
from oms_core.allocation.solvers.optimiser.prices import follow
from oms_core.arrays import Ints

#: What share of the orders that are left is decided at once, after how many rounds of pricing; how few are decided
#: without more of them.
_SHARE, _ROUNDS, _FEW = 0.3, 5, 50


def dive(model: Model, prices: Prices, supply: Supply, node: Ints, keep_going: Callable[[], bool]) -> None:
    """Decide all orders: fill in `node` of every line and take it from `supply`, beginning at `prices`.

    Once `keep_going` says no, the rest is decided at the last prices.
    """
    orders = np.arange(model.orders)
    while len(orders) > _FEW and keep_going():
        orders = commit_surest(model, orders, prices, supply, node, int(_SHARE * len(orders)))
        if len(orders):
            prices = follow(_left(model, orders, supply), prices, _ROUNDS)
    commit(model, orders, prices, supply, node)


def _left(model: Model, orders: Ints, supply: Supply) -> Model:
    """The model of `orders` and what is left of the supply."""
    lines = Lines.of(model, orders)
    return replace(
        model,
        order_start=np.append(lines.first, len(lines.index)),
        lane=model.lane[orders],
        item=model.item[lines.index],
        quantity=model.quantity[lines.index],
        unfilled_cost=model.unfilled_cost[lines.index],
        own=np.maximum(model.own - supply.taken, 0),
        common=supply.common,
        parcels=supply.parcels,
        is_whole=model.is_whole[orders],
        is_together=model.is_together[orders],
        worth_sending=model.most[lines.index],
    )
