"""Giving the supply out: each order its cheapest plan of what is left, who would lose most by waiting first.

All undecided orders choose at once at the same prices. Where they ask for more than is there, those with the greater
regret (what their next best plan would cost more) get it, and the others choose again of what is left.

Belongs here: this one pass, over all orders or those that still wait. Does not belong here: mending its result
(`improve`).
"""

from __future__ import annotations

import numpy as np

from oms_core.allocation.costed.model import NOWHERE, Lines, Model, Supply, order_costs
from oms_core.allocation.solvers.optimiser.plans import Holding, Plans, Prices, best_plans
from oms_core.arrays import Bools, Ints

#: A saving below this is one of rounding.
DUST = 1e-6


def commit(model: Model, orders: Ints, prices: Prices, supply: Supply, node: Ints) -> None:
    """Decide `orders`: fill in `node` of their lines and take it from `supply`."""
    while len(orders):
        orders = commit_surest(model, orders, prices, supply, node, len(orders))


def commit_surest(model: Model, orders: Ints, prices: Prices, supply: Supply, node: Ints, most: int) -> Ints:
    """Decide of `orders` up to `most`, those with the greatest regret of whom all get what they ask for; the others.

    The one with the greatest regret of all is always decided.
    """
    plans = best_plans(model, orders, prices, supply.available, supply.parcels > 0)
    ranked = np.lexsort((orders, -plans.regret))
    rank = np.empty(len(orders), dtype=np.int64)
    rank[ranked] = np.arange(len(orders))
    lines = Lines.of(model, orders)
    waits = _refused(model, lines, plans.node, rank, supply) | (rank >= most)
    decided = ~waits[lines.position]
    node[lines.index[decided]] = plans.node[decided]
    supply.take(orders[~waits], node)
    return np.asarray(orders[waits])


def serve_waiting(model: Model, node: Ints) -> Ints:
    """The same plan, in which of what it leaves every order that it sends nothing gets its cheapest plan.

    An order that goes together and lacks a part is decided anew: what it lacks may only be where the rest is not.
    """
    served, supply, orders = node.copy(), Supply(model), np.arange(model.orders)
    supply.take(orders, served)
    sent = np.bincount(model.order_of_line, node != NOWHERE, model.orders)
    waits = (sent == 0) | (model.is_together & (sent < np.diff(model.order_start)))
    supply.give_back(orders[waits], served)
    commit(model, orders[waits], Prices.none(model), supply, served)
    return served


def who_gains(model: Model, node: Ints, plans: Plans) -> Ints:
    """Orders of which `plans`, one for every order, are cheaper than the plan `node`; who gains most first."""
    gain = order_costs(model, node, np.arange(model.orders)) - plans.cost
    orders = np.flatnonzero(gain > DUST)
    return np.asarray(orders[np.lexsort((orders, -gain[orders]))])


def resettle(model: Model, node: Ints, supply: Supply, rounds: int) -> None:
    """Every order moves to its cheapest plan of what it has and what is left, who gains most first; so many rounds.

    `node` and `supply` change, and the plan only gets cheaper.
    """
    everyone, prices = np.arange(model.orders), Prices.none(model)
    for _ in range(rounds):
        plans = best_plans(
            model, everyone, prices, supply.available, supply.parcels > 0, holding=Holding(node)
        )  # fmt: skip
        ranked = who_gains(model, node, plans)
        if not len(ranked):
            return
        orders, rank = np.sort(ranked), np.argsort(ranked)
        lines = Lines.of(model, orders)
        aim = plans.node[lines.index]
        refused = _refused(model, lines, np.where(aim == node[lines.index], NOWHERE, aim), rank, supply)
        moving = orders[~refused]
        moves = ~refused[lines.position]
        supply.give_back(moving, node)
        node[lines.index[moves]] = aim[moves]
        supply.take(moving, node)


def _refused(model: Model, lines: Lines, node: Ints, rank: Ints, supply: Supply) -> Bools:
    """Which orders ask for what those of a lower rank leave none of, shape of `rank`."""
    refused = np.zeros(len(rank), dtype=bool)
    shipped = np.flatnonzero(node != NOWHERE)
    at, position = node[shipped], lines.position[shipped]
    item, quantity = model.item[lines.index[shipped]], model.quantity[lines.index[shipped]]
    # An item's own part goes first; only what it asks beyond that comes out of the common one.
    before = _asked_up_to(item * model.nodes + at, rank[position], quantity)
    own = np.maximum(model.own[item, at] - supply.taken[item, at], 0)
    beyond = np.maximum(before - own, 0) - np.maximum(before - quantity - own, 0)
    place = model.sku[item] * model.nodes + at
    short = _asked_up_to(place, rank[position], beyond) > supply.common.ravel()[place]
    refused[position[short & (beyond > 0)]] = True
    parcel = np.unique(rank[position] * model.nodes + at)
    ranks, senders = np.divmod(parcel, model.nodes)
    late = _asked_up_to(senders, ranks, np.ones_like(ranks)) > supply.parcels[senders]
    order_at = np.empty_like(rank)
    order_at[rank] = np.arange(len(rank))
    refused[order_at[ranks[late]]] = True
    return refused


def _asked_up_to(key: Ints, rank: Ints, quantity: Ints) -> Ints:
    """For every row, the quantity that rows of the same key ask for up to its rank, its own included."""
    order = np.lexsort((rank, key))
    sorted_key, running = key[order], np.cumsum(quantity[order])
    starts = np.r_[True, sorted_key[1:] != sorted_key[:-1]] if len(key) else np.zeros(0, dtype=bool)
    before = np.maximum.accumulate(np.where(starts, running - quantity[order], 0))
    result = np.empty_like(running)
    result[order] = running - before
    return result
