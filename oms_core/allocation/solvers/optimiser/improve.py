"""Mending a plan: again and again some orders that stand in each other's way are decided anew, together and exactly.

Large-neighbourhood search (Shaw 1998): orders that pay most above their cheapest plan at the prices are drawn first,
with orders of the same SKUs, again those rather that pay most above. Two groups that share nothing are worked on at
once. Once small groups find little, all orders are decided together, as a program made tight enough for it (`cuts`).

Belongs here: which orders are taken, and what their new plan replaces. Does not belong here: deciding them
(`subproblem`).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import numpy as np

from oms_core.allocation.costed.model import NOWHERE, Lines, Model, Supply, order_costs
from oms_core.allocation.solvers.optimiser import subproblem
from oms_core.allocation.solvers.optimiser.commit import DUST
from oms_core.allocation.solvers.optimiser.narrowing import worth_trying
from oms_core.allocation.solvers.optimiser.plans import Plans, Prices
from oms_core.arrays import Bools, Floats, Ints

#: Orders a group, their lines, and the most orders that follow one of them for one SKU. Two thousand lines of large
#: baskets took HiGHS a minute, past any deadline; six hundred a second (2026-11-24), in which smaller groups gain more.
_GROUP, _GROUP_LINES, _FOLLOWERS = 160, 400, 6
#: Groups a round, and how many threads decide them: the plan is the same by any number.
_GROUPS, _THREADS = 2, 2
#: After so many rounds, and so many groups that an order was in, small groups find little more: all orders are decided
#: together then, where they have no more lines than HiGHS takes a minute or two for; and groups grow in step with both,
#: up to so many times.
_SMALL_ROUNDS, _SMALL_TIMES, _MOST_GROWN = 100, 4, 2.5
_TOGETHER_LINES = 10_000
#: How many seconds have to be left for it: with fewer it finds nothing, and groups do.
_SECONDS_A_LINE = 0.008
#: How much less likely an order is drawn each time that it was; the chance of those that pay nothing above, to be drawn
#: first and, as a share of what orders pay above on average, to follow.
_AGAIN, _IDLE, _IDLE_SHARE = 0.5, 1e-3, 0.05
#: What `subproblem.solve` is asked of a group, beside the model.
_Job: TypeAlias = tuple[Ints, Ints, Ints, Ints, Ints, Bools | None, Prices]


class Improvement:
    """A plan that gets better. `node`: of every line; `cost`: of the whole plan."""

    def __init__(self, model: Model, node: Ints, supply: Supply, prices: Prices, plans: Plans, seed: int = 0) -> None:
        """`plans`: the cheapest ones at `prices`, of all orders. `node` and `supply` change as the plan does."""
        self._model, self.node, self._supply, self._prices = model, node, supply, prices
        self._cheapest = plans
        # Where one group has all orders, its answer is the best there is.
        self._worth: Bools | None = worth_trying(model, prices, plans) if model.orders > _GROUP else None
        self._orders = np.arange(model.orders)
        self._costs = order_costs(model, node, self._orders)
        self._line_count = np.diff(model.order_start)
        self._times, self._rounds = np.zeros(model.orders, dtype=np.int64), 0
        self._were_together = len(model.item) > _TOGETHER_LINES
        self._random = np.random.default_rng(seed)
        self._by_sku = np.argsort(model.sku[model.item], kind="stable")
        self._sku_start = np.searchsorted(model.sku[model.item][self._by_sku], np.arange(len(model.common) + 1))

    @property
    def cost(self) -> float:
        """What the plan costs now."""
        return float(self._costs.sum())

    def run(self, rounds: int, enough: float, seconds_left: Callable[[], float]) -> int:
        """Improve for `rounds`, until the plan costs no more than `enough` or no seconds are left; rounds done."""
        with ThreadPoolExecutor(_THREADS) as pool:
            for done in range(rounds):
                if self.cost <= enough or seconds_left() <= 0:
                    return done
                is_time = seconds_left() > _SECONDS_A_LINE * len(self.node)
                if self._grown > 1 and is_time and not self._were_together:
                    self._decide_together(seconds_left)
                    continue
                groups = self._groups()
                answers = pool.map(lambda job: subproblem.solve(self._model, *job), self._jobs(groups))
                for orders, answer in zip(groups, list(answers), strict=True):
                    self._accept(orders, answer)
                if len(groups[0]) == self._model.orders:
                    # All orders were decided together: the same program again would have the same answer.
                    return done + 1
        return rounds

    def _decide_together(self, seconds_left: Callable[[], float]) -> None:
        """All orders at once. It pays once: what HiGHS finds from its own plan is little."""
        tried = self._tried(np.arange(len(self.node)))
        self._accept(self._orders, subproblem.solve_all(self._model, self.node, seconds_left, tried, self._prices))
        self._were_together = True

    def _groups(self) -> list[Ints]:
        above = np.maximum(self._paid() - self._cheapest.cost, 0.0)
        weight = (above + _IDLE) * _AGAIN ** np.minimum(self._times, 60)
        follows = weight + _IDLE_SHARE * above.mean()
        groups, drawn = [], np.zeros(self._model.orders, dtype=bool)
        self._rounds += 1
        for _ in range(_GROUPS):
            group = self._group(np.where(drawn, 0.0, weight), follows, drawn)
            if len(group):
                groups.append(group)
        return groups

    def _paid(self) -> Floats:
        """What each order's plan costs at the prices."""
        model, shipped = self._model, np.flatnonzero(self.node != NOWHERE)
        sku, quantity = model.sku[model.item[shipped]], model.quantity[shipped]
        price = quantity * self._prices.unit[sku, self.node[shipped]] + self._prices.of_lines(sku, quantity)
        extra = np.bincount(model.order_of_line[shipped], price, model.orders)
        return np.asarray(self._costs + extra)

    @property
    def _grown(self) -> float:
        """How many times as large as at first groups are by now."""
        grown = min(self._rounds / _SMALL_ROUNDS, float(self._times.mean()) / _SMALL_TIMES)
        return min(max(grown, 1.0), _MOST_GROWN)

    def _group(self, weight: Floats, follows: Floats, drawn: Bools) -> Ints:
        free = int((weight > 0).sum())
        if not free:
            return np.zeros(0, dtype=np.int64)
        most, most_lines = int(_GROUP * self._grown), int(_GROUP_LINES * self._grown)
        seeds = self._random.choice(
            len(weight), size=min(most, free), replace=False, p=weight / weight.sum(), shuffle=True
        )
        chosen: dict[int, None] = {}
        lines = 0
        for seed in seeds:
            fresh = [order for order in self._around(int(seed), follows) if not drawn[order] and order not in chosen]
            reached = lines + np.cumsum(self._line_count[fresh])
            # A seed is taken however many lines it has: else nobody would ever look at the largest order.
            room = max(int(np.searchsorted(reached, most_lines, side="right")), int(not chosen))
            chosen.update(dict.fromkeys(fresh[:room]))
            lines = int(reached[room - 1]) if room else lines
            if room < len(fresh) or len(chosen) >= most:
                break
        group = np.array(sorted(chosen), dtype=np.int64)
        drawn[group] = True
        self._times[group] += 1
        return group

    def _around(self, order: int, follows: Floats) -> list[int]:
        """An order, then some of those with the same SKUs, drawn by how likely each `follows`."""
        model, around = self._model, dict.fromkeys([order])
        for line in range(model.order_start[order], model.order_start[order + 1]):
            sku = model.sku[model.item[line]]
            others = self._by_sku[self._sku_start[sku] : self._sku_start[sku + 1]]
            if len(others) > _FOLLOWERS:
                share = follows[model.order_of_line[others]]
                others = self._random.choice(others, _FOLLOWERS, replace=False, p=share / share.sum())
            around.update(dict.fromkeys(model.order_of_line[others].tolist()))
        return list(around)

    def _tried(self, lines: Ints) -> Bools | None:
        """Where a group's lines are tried: where it may pay, and where they are."""
        if self._worth is None:
            return None
        tried, shipped = self._worth[lines], np.flatnonzero(self.node[lines] != NOWHERE)
        tried[shipped, self.node[lines[shipped]]] = True
        return tried

    def _jobs(self, groups: list[Ints]) -> list[_Job]:
        """What each group may use: what it gives back, and of what is left over only what no other group asks for."""
        left = self._supply
        spare = np.maximum(left.parcels, 0) // max(len(groups), 1)
        jobs: list[_Job] = []
        taken = np.zeros(len(self._model.common), dtype=bool)
        for orders in groups:
            mine = left.copy()
            mine.give_back(orders, self.node)
            common, parcels = mine.common, mine.parcels - left.parcels + spare
            own = np.maximum(self._model.own - mine.taken, 0)
            lines = Lines.of(self._model, orders).index
            asked = np.unique(self._model.sku[self._model.item[lines]])
            shared = asked[taken[asked]]
            common[shared] -= left.common[shared]
            common, parcels = np.maximum(common, 0), np.maximum(parcels, 0)
            jobs.append((orders, own, common, parcels, self.node[lines], self._tried(lines), self._prices))
            taken[asked] = True
        return jobs

    def _accept(self, orders: Ints, answer: Ints) -> None:
        """Take a group's new plan if it is cheaper and, after what another group took at the same time, possible."""
        lines = Lines.of(self._model, orders)
        before = self.node[lines.index]
        self._supply.give_back(orders, self.node)
        self.node[lines.index] = answer
        costs = order_costs(self._model, self.node, orders)
        self._supply.take(orders, self.node)
        if costs.sum() < self._costs[orders].sum() - DUST and self._supply.is_enough:
            self._costs[orders] = costs
            return
        self._supply.give_back(orders, self.node)
        self.node[lines.index] = before
        self._supply.take(orders, self.node)
