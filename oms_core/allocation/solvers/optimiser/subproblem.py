"""Some orders decided together, as a mixed-integer program.

Columns: a line at a node; a parcel of an order at a node (with a single line, the line is the parcel); units beyond an
item's own part of a node's stock, where channels keep some for themselves.

Belongs here: this program. Does not belong here: how it is solved (`program`), which orders it takes (`improve`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from oms_core.allocation.costed.model import NOWHERE, Lines, Model
from oms_core.allocation.solvers.optimiser.cuts import Columns, Cuts
from oms_core.allocation.solvers.optimiser.plans import Prices
from oms_core.allocation.solvers.optimiser.program import Program
from oms_core.allocation.solvers.optimiser.sizes import Sizes
from oms_core.arrays import Bools, Floats, Ints


def solve(
    model: Model, orders: Ints, own: Ints, common: Ints, parcels: Ints, now: Ints, tried: Bools | None = None,
    prices: Prices | None = None,
) -> Ints:  # fmt: skip
    """The best node found for each of the orders' lines, one order after the other; no dearer than `now`.

    They may use `own` (I, N) and `common` (S, N) units and `parcels` (N,), none below 0. Where each line is `tried`,
    shape (lines of the orders, N); None: everywhere. What `prices` say of lines by their size makes it faster.
    """
    choice = _Choice(model, orders, own, common, parcels, tried=tried, prices=prices)
    return choice.answer(now) if len(choice.line) else np.full(len(choice.lines.index), NOWHERE)


def solve_all(
    model: Model, now: Ints, seconds_left: Callable[[], float], tried: Bools | None = None,
    prices: Prices | None = None,
) -> Ints:  # fmt: skip
    """The best node found for every line of the model; no dearer than `now`.

    Ends by itself; where no seconds are left before, with what was found by then. `tried` and `prices` as in `solve`.
    """
    everything = model.own, model.common, model.parcels
    choice = _Choice(model, np.arange(model.orders), *everything, tried=tried, prices=prices)
    return choice.answer_of_all(now, seconds_left) if len(choice.line) else np.full(len(model.item), NOWHERE)


def relaxed_bound(model: Model, lines_split: bool) -> float:
    """What no plan of all orders can cost less than: the program's optimum, were its columns no integers.

    Tighter than prices find where stock is scarce, but it takes seconds for some thousand orders. `lines_split`: the
    bound is to hold for plans, too, in which several nodes ship a line's units.
    """
    choice = _Choice(model, np.arange(model.orders), model.own, model.common, model.parcels, lines_split)
    return choice.relaxed_cost() if len(choice.line) else float(model.unfilled_cost.sum())


def proven_bound(
    model: Model, seconds_left: Callable[[], float], prices: Prices | None = None, below: float = np.inf
) -> float:
    """What no plan of whole lines can cost less than, as far as HiGHS proves it on all orders while seconds are left.

    For measuring how near to the cheapest a plan is: it is not the same on every machine. `below`: what a plan costs
    that is known; looking at cheaper ones alone, HiGHS proves more. `prices` as in `solve`.
    """
    choice = _Choice(model, np.arange(model.orders), model.own, model.common, model.parcels, prices=prices)
    return choice.proven_cost(below, seconds_left) if len(choice.line) else float(model.unfilled_cost.sum())


class _Choice:
    def __init__(
        self, model: Model, orders: Ints, own: Ints, common: Ints, parcels: Ints, lines_split: bool = False,
        tried: Bools | None = None, prices: Prices | None = None,
    ) -> None:  # fmt: skip
        self._model, self._orders = model, orders
        self._own, self._common, self._parcels = own, common, parcels
        self.lines = Lines.of(model, orders)
        self._item = model.item[self.lines.index]
        self._quantity = model.quantity[self.lines.index]
        self._tried = tried
        self._program = Program(float(model.unfilled_cost[self.lines.index].sum()))
        self._parcel = model.parcel_cost[model.lane[orders]]
        self._is_alone = (self.lines.count == 1)[self.lines.position]
        self._add_lines(np.ones_like(self._quantity) if lines_split else self._quantity)
        if len(self.line):
            self._add_parcels()
            self._each_line_once()
            self._parcels_there_are()
            self._stock_there_is()
            self._stock_of_all_nodes()
            if prices is not None:
                self._lines_that_fit(prices)
            self._whole_orders()
            self._together()

    def _add_lines(self, needed: Ints) -> None:
        model, position = self._model, self.lines.position
        unfilled = model.unfilled_cost[self.lines.index]
        cost = self._quantity[:, None] * model.unit_cost[self._item]
        cost += np.where(self._is_alone[:, None], self._parcel[position], 0.0)
        there = self._own[self._item] + self._common[model.sku[self._item]] >= needed[:, None]
        possible = there & np.isfinite(self._parcel[position]) & (self._parcels > 0)
        pays = (cost < unfilled[:, None]) | model.is_whole[self._orders][position, None]
        self.line, self._node = np.nonzero(possible & pays & (True if self._tried is None else self._tried))
        self._column = self._program.add_columns(cost[self.line, self._node] - unfilled[self.line], is_integer=True)

    def _add_parcels(self) -> None:
        shares = ~self._is_alone[self.line]
        key = self.lines.position[self.line[shares]] * self._model.nodes + self._node[shares]
        parcels, of_line = np.unique(key, return_inverse=True)
        self._sender_order, self._sender = np.divmod(parcels, self._model.nodes)
        self._sending = self._program.add_columns(self._parcel[self._sender_order, self._sender])
        row = np.arange(len(of_line))
        column = np.concatenate([self._column[shares], self._sending[of_line]])
        value = np.repeat([1.0, -1.0], len(row))
        self._program.add_rows(np.tile(row, 2), column, value, np.zeros(len(row)))
        self._shares, self._sending_of = shares, self._sending[of_line]

    def _each_line_once(self) -> None:
        self._program.add_rows(self.line, self._column, 1.0, np.ones(len(self.lines.index)))

    def _parcels_there_are(self) -> None:
        alone = self._is_alone[self.line]
        node = np.concatenate([self._node[alone], self._sender])
        column = np.concatenate([self._column[alone], self._sending])
        self._program.add_rows(node, column, 1.0, self._parcels)

    def _stock_there_is(self) -> None:
        nodes, item = self._model.nodes, self._item[self.line]
        units = self._quantity[self.line].astype(float)
        has_own = self._own[item, self._node] > 0
        owned, of_line = np.unique(item[has_own] * nodes + self._node[has_own], return_inverse=True)
        beyond = self._program.add_columns(np.zeros(len(owned)), upper=np.inf)
        self._program.add_rows(
            np.concatenate([of_line, np.arange(len(owned))]),
            np.concatenate([self._column[has_own], beyond]),
            np.concatenate([units[has_own], np.full(len(owned), -1.0)]),
            self._own.ravel()[owned],
        )
        self._has_own, self._beyond_of = has_own, beyond[of_line]
        owner, at = np.divmod(owned, nodes)
        place = np.concatenate([self._model.sku[item[~has_own]], self._model.sku[owner]]) * nodes
        place += np.concatenate([self._node[~has_own], at])
        asked, row = np.unique(place, return_inverse=True)
        column = np.concatenate([self._column[~has_own], beyond])
        value = np.concatenate([units[~has_own], np.ones(len(owned))])
        self._program.add_rows(row, column, value, self._common.ravel()[asked])

    def _stock(self) -> Ints:
        """Units of each SKU at each node, what items have there for themselves with them, shape (S, N)."""
        stock = self._common.copy()
        np.add.at(stock, self._model.sku, self._own)
        return stock

    def _stock_of_all_nodes(self) -> None:
        """What follows from the rows of a SKU's nodes, said in one: only so does HiGHS see which lines fit together."""
        lines = np.unique(self.line)
        wanted = np.bincount(self._model.sku[self._item[lines]], self._quantity[lines], len(self._common))
        stock = self._stock().sum(axis=1)
        sku = self._model.sku[self._item[self.line]]
        mine = (wanted > stock)[sku]
        short, row = np.unique(sku[mine], return_inverse=True)
        units = self._quantity[self.line[mine]].astype(float)
        self._program.add_rows(row, self._column[mine], units, stock[short])

    def _lines_that_fit(self, prices: Prices) -> None:
        """No lines of a SKU fetch more, by their size, than the best that fit: what HiGHS needs many cuts for."""
        model = self._model
        sizes = Sizes(model.sku[self._item], self._quantity, self._stock())
        price = np.where(sizes.is_priced[:, None], prices.line, 0.0)
        most = (price * sizes.best(price)).sum(axis=1)
        sku, quantity = model.sku[self._item[self.line]], self._quantity[self.line]
        fetched = np.where(sizes.is_priced[sku], prices.of_lines(sku, quantity), 0.0)
        mine = (fetched > 0) & (most[sku] > 0)
        skus, row = np.unique(sku[mine], return_inverse=True)
        self._program.add_rows(row, self._column[mine], fetched[mine] / most[sku[mine]], np.ones(len(skus)))

    def _whole_orders(self) -> None:
        """Every line of an order that ships all or nothing is shipped as often as its first one."""
        position = self.lines.position
        is_whole = self._model.is_whole[self._orders][position]
        follows = is_whole & (np.arange(len(position)) != self.lines.first[position])
        row_of = np.cumsum(follows) - 1
        mine = follows[self.line]
        # A first line's columns stand in the row of each line that follows it: those rows come one after the other.
        leads = np.flatnonzero((is_whole & ~follows)[self.line])
        times = self.lines.count[position[self.line[leads]]] - 1
        place = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        led = np.repeat(row_of[self.line[leads]] + 1, times) + place
        row = np.concatenate([row_of[self.line[mine]], led])
        column = np.concatenate([self._column[mine], np.repeat(self._column[leads], times)])
        value = np.concatenate([np.ones(mine.sum()), np.full(len(led), -1.0)])
        self._program.add_rows(row, column, value, np.zeros(follows.sum()), lower=0.0)

    def _together(self) -> None:
        """One parcel for an order that may not be split."""
        mine = self._model.is_together[self._orders][self._sender_order]
        orders, row = np.unique(self._sender_order[mine], return_inverse=True)
        self._program.add_rows(row, self._sending[mine], 1.0, np.ones(len(orders)))

    def relaxed_cost(self) -> float:
        return self._program.relaxed_cost()

    def proven_cost(self, below: float, seconds_left: Callable[[], float]) -> float:
        return self._program.proven_cost(self._cuts().broken, below, seconds_left)

    def answer(self, now: Ints) -> Ints:
        return self._nodes(self._program.solve(self._values(now)))

    def answer_of_all(self, now: Ints, seconds_left: Callable[[], float]) -> Ints:
        return self._nodes(self._program.solve_tight(self._values(now), self._cuts().broken, seconds_left))

    def _cuts(self) -> Cuts:
        order, sku = self.lines.position[self.line], self._model.sku[self._item[self.line]]
        sending = np.full((len(self._orders), self._model.nodes), -1)
        sending[self._sender_order, self._sender] = self._sending
        quantity = self._quantity[self.line]
        return Cuts(Columns(self._column, self.line, self._node, sku, quantity, order, sending, self._stock()))

    def _nodes(self, value: Floats) -> Ints:
        chosen = value[self._column] > 0.5
        node = np.full(len(self.lines.index), NOWHERE)
        node[self.line[chosen]] = self._node[chosen]
        return node

    def _values(self, now: Ints) -> Floats:
        """The columns in the plan `now`, without what in it costs no less than leaving it."""
        value = np.zeros(self._program.columns)
        chosen = now[self.line] == self._node
        value[self._column[chosen]] = 1.0
        value[self._sending_of[chosen[self._shares]]] = 1.0
        owned = chosen & self._has_own
        beyond, line = self._beyond_of[chosen[self._has_own]], self.line[owned]
        np.add.at(value, beyond, self._quantity[line])
        used = np.unique(beyond, return_index=True)
        own = self._own[self._item[line], self._node[owned]][used[1]]
        value[used[0]] = np.maximum(value[used[0]] - own, 0.0)
        return value
