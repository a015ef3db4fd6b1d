"""The optimiser: a plan near the cheapest, and a bound that proves how near.

Prices of stock, parcels and lines are found first (`prices`, `sizes`), orders take their cheapest plans at them
(`plans`, `commit`), the surest first while prices follow what is left (`dive`), units change hands where that saves
(`exchange`), then groups of orders that stand in each other's way are decided exactly, and once all orders together
(`improve`, `narrowing`, `subproblem`, `program`, `cuts`, `knapsacks`). What is small may be decided in units of lines,
besides (`units`).

Belongs here: how these steps follow one another. Does not belong here: what costs mean (`allocation.costed`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from oms_core.allocation.costed.model import NOWHERE, Model, Supply, order_costs
from oms_core.allocation.solvers.optimiser.commit import resettle
from oms_core.allocation.solvers.optimiser.dive import dive
from oms_core.allocation.solvers.optimiser.exchange import exchange
from oms_core.allocation.solvers.optimiser.improve import Improvement
from oms_core.allocation.solvers.optimiser.plans import best_plans
from oms_core.allocation.solvers.optimiser.prices import find_prices, sharpen
from oms_core.allocation.solvers.optimiser.sizes import Sizes
from oms_core.allocation.solvers.optimiser.subproblem import relaxed_bound
from oms_core.arrays import Ints

__all__ = ["Effort", "Solution", "optimise"]

#: Lines up to which the linear relaxation is solved for a tighter bound, where no price by size has found more than it
#: would: it takes four seconds for as many.
_RELAXED_LINES = 10_000
#: The share of lines from which on a search of its own for prices by size pays, where the bound is without them.
_SIZED = 0.1
#: Rounds in which orders move before units change hands, and the share of a plan's cost too small to do either again.
_MOVES, _LITTLE = 3, 5e-4


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to look: rounds of pricing, first rough and then fine; of exchange and of improvement; and the gap that
    is good enough."""

    price_rounds: int = 20
    fine_rounds: int = 100
    exchange_rounds: int = 6
    improve_rounds: int = 100
    gap: float = 0.0005


@dataclass(frozen=True)
class Solution:
    """A plan: the node of every line, what it costs, and what no plan can cost less than; in minor units."""

    node: Ints
    cost: float
    bound: float


def optimise(
    model: Model,
    effort: Effort = Effort(),
    start: Ints | None = None,
    seconds_left: Callable[[], float] = lambda: math.inf,
    lines_split: bool = False,
) -> Solution:
    """The best plan that `effort` finds, or that was found when no seconds were left; never dearer than `start`.

    `start`: the node of every line in a plan that keeps within the supply. How many `seconds_left` is asked between
    rounds, which last up to a second or two; the one that lasts longer is told, and keeps to it as nearly.
    `lines_split`: the bound is to hold for plans, too, that split a line. The same model and effort give the same plan.
    """
    if not model.orders or not model.nodes:
        waiting = float(model.unfilled_cost.sum())
        return Solution(np.full(len(model.item), NOWHERE), waiting, waiting)

    def keep_going() -> bool:
        return seconds_left() > 0

    orders = np.arange(model.orders)
    priced = find_prices(model, effort.price_rounds, keep_going, lines_split)
    priced = sharpen(model, priced, effort.fine_rounds, keep_going, lines_split)
    prices = priced.prices
    if lines_split and Sizes.of(model).share > _SIZED:
        # The bound is to hold for lines that split; those that are decided here are whole.
        prices = sharpen(model, priced, effort.fine_rounds, keep_going).prices
    node, supply = np.full(len(model.item), NOWHERE), Supply(model)
    dive(model, prices, supply, node, keep_going)
    if start is not None and order_costs(model, start, orders).sum() < order_costs(model, node, orders).sum():
        node, supply = start.copy(), Supply(model)
        supply.take(orders, node)
    _mend(model, node, supply, effort.exchange_rounds, keep_going)
    everything = Supply(model).available
    cheapest = best_plans(model, orders, prices, everything, model.parcels > 0)
    improvement = Improvement(model, node, supply, prices, cheapest)
    improvement.run(effort.improve_rounds, priced.bound * (1 + effort.gap), seconds_left)
    bound = priced.bound
    is_gap = improvement.cost > bound * (1 + effort.gap) and not priced.prices.line.any()
    if is_gap and len(model.item) <= _RELAXED_LINES and keep_going():
        bound = max(bound, relaxed_bound(model, lines_split))
    return Solution(improvement.node, improvement.cost, bound)


def _mend(model: Model, node: Ints, supply: Supply, rounds: int, keep_going: Callable[[], bool]) -> None:
    """Let orders move to what is left, and units change hands, until that saves little; so many rounds at most."""
    for _ in range(rounds):
        resettle(model, node, supply, _MOVES)
        cost = float(order_costs(model, node, np.arange(model.orders)).sum())
        if not keep_going() or exchange(model, node, supply) <= _LITTLE * cost:
            return
