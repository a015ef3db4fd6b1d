"""The cheapest plan of each order by itself, at given prices of stock and of parcels.

A plan is a set of nodes, each of which makes one parcel; every line goes to the cheapest of them, or stays unfilled
where that is cheaper still. For orders of up to seven lines all ways to part them are tried; for larger ones, single
nodes and pairs, and further nodes are added while they pay.

Belongs here: this choice for many orders at once, and a bound below which no plan of an order can be.
Does not belong here: what is left once others have chosen (`commit`), the prices (`prices`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from oms_core.allocation.costed.model import NOWHERE, Lines, Model
from oms_core.arrays import Bools, Floats, Ints

#: Orders that are worked on at once: arrays of some megabytes, which the processor's cache still likes; and up to how
#: many are not worth parting.
_CHUNK, _TOGETHER = 8192, 2048
#: The most lines of which all ways to part them are tried, for a plan and for its cost alone: 3 ** lines / 2 steps.
_PARTED_LINES, _PROVEN_LINES = 7, 10
#: Sums by sets of lines, nodes and orders that are looked at together.
_SUMS = 2_000_000
#: The most nodes that a larger order's plan has. Beyond it, parcels cost more than any of ours ever saved.
_MOST_NODES = 6
_THREADS = 2
_T = TypeVar("_T")
_R = TypeVar("_R")


#: Lines up to which size may have a price of it, in SKUs that have no larger ones.
MOST_UNITS = 8


@dataclass(frozen=True)
class Prices:
    """What a unit of a node's stock (`unit`, shape (S, N)), a parcel of a node (`parcel`, shape (N,)) and a line of so
    many units (`line`, shape (S, Q)), wherever it goes from, cost extra."""

    unit: Floats
    parcel: Floats
    line: Floats

    @classmethod
    def none(cls, model: Model) -> Prices:
        """Prices of nothing."""
        return cls(np.zeros(model.common.shape), np.zeros(model.nodes), np.zeros((len(model.common), MOST_UNITS)))

    @property
    def kinds(self) -> tuple[Floats, Floats, Floats]:
        """All of them."""
        return self.unit, self.parcel, self.line

    def of_lines(self, sku: Ints, quantity: Ints) -> Floats:
        """What lines cost extra by their size, wherever they go from. No SKU with a price of it has larger lines."""
        return np.asarray(self.line[sku, np.minimum(quantity, self.line.shape[1]) - 1])


@dataclass(frozen=True)
class Holding:
    """What orders have in a plan and can keep: the `node` of every line of the model. `room`, shape (L, N): what it
    costs to have others make room for a line where there is too little left for it."""

    node: Ints
    room: Floats | None = None


@dataclass(frozen=True)
class Plans:
    """The cheapest plan of each order: its cost at the prices, what the next best one would cost more (`regret`), and a
    `bound` below which no plan of it can be. `node`: of each of the orders' lines, one order after the other."""

    cost: Floats
    regret: Floats
    bound: Floats
    node: Ints


def best_plans(
    model: Model, orders: Ints, prices: Prices, available: Ints, can_send: Bools, with_bound: bool = False,
    holding: Holding | None = None,
) -> Plans:  # fmt: skip
    """The plans of `orders` where items can get `available` (shape (I, N)) and nodes that `can_send` (N,) make parcels.

    `holding`: what they have already, beside that. Without `with_bound`, `bound` is the cost, which for orders of
    more lines than are parted in all ways some plan may be below.
    """
    return Choices(model, orders, available, can_send, holding).plans(prices, with_bound)


class Choices:
    """What orders can choose from: `best_plans` for one set of prices after the other."""

    def __init__(
        self, model: Model, orders: Ints, available: Ints, can_send: Bools, holding: Holding | None = None
    ) -> None:
        lines = Lines.of(model, orders)
        self._rows = _chunks(lines.count)
        # Of the orders' lines, one order after the other, those of each chunk.
        self._lines = [np.flatnonzero(_mask(rows, len(orders))[lines.position]) for rows in self._rows]
        self._size = len(orders), len(lines.index)
        self._chunks = self._map(lambda rows: _Chunk(model, orders[rows], available, can_send, holding), self._rows)

    def plans(self, prices: Prices, with_bound: bool = False) -> Plans:
        """The orders' plans at `prices`."""
        parts = self._map(lambda chunk: chunk.plans(prices, with_bound), self._chunks)
        if len(parts) == 1:
            return parts[0]
        orders, lines = self._size
        cost, regret, bound = np.empty(orders), np.empty(orders), np.empty(orders)
        node = np.empty(lines, dtype=np.int64)
        for rows, mine, part in zip(self._rows, self._lines, parts, strict=True):
            cost[rows], regret[rows], bound[rows], node[mine] = part.cost, part.regret, part.bound, part.node
        return Plans(cost, regret, bound, node)

    def _map(self, work: Callable[[_T], _R], jobs: Sequence[_T]) -> list[_R]:
        if len(jobs) == 1:
            return [work(jobs[0])]
        # numpy's loops let other threads run; the chunks are put together in their order.
        with ThreadPoolExecutor(_THREADS) as pool:
            return list(pool.map(work, jobs))


def _chunks(count: Ints) -> list[Ints]:
    """Positions of orders that are worked on at once, by their `count` of lines: few are together, many beside others
    of as many lines, so that the ways to part these are gone through once for all of them."""
    if len(count) <= _TOGETHER:
        return [np.arange(len(count))]
    kind = np.minimum(count, _PARTED_LINES + 1)
    alike = [np.flatnonzero(kind == one) for one in np.unique(kind).tolist()]
    return [rows[start : start + _CHUNK] for rows in alike for start in range(0, len(rows), _CHUNK)]


def _mask(rows: Ints, size: int) -> Bools:
    mask = np.zeros(size, dtype=bool)
    mask[rows] = True
    return mask


class _Chunk:
    """Some of the orders, with what does not change as prices do."""

    def __init__(self, model: Model, orders: Ints, available: Ints, can_send: Bools, holding: Holding | None) -> None:
        self.lines = Lines.of(model, orders)
        index = self.lines.index
        item, self._quantity = model.item[index], model.quantity[index]
        self._sku = model.sku[item]
        cost = self._quantity[:, None] * model.unit_cost[item]
        short, idle = available[item] < model.quantity[index, None], np.tile(~can_send, (len(orders), 1))
        if holding is not None:
            held = np.flatnonzero(holding.node[index] != NOWHERE)
            at = holding.node[index[held]]
            short[held, at] = idle[self.lines.position[held], at] = False
        if holding is not None and holding.room is not None:
            cost += np.where(short, holding.room[index], 0.0)
        else:
            cost[short] = np.inf
        self.unfilled = model.unfilled_cost[index]
        self.may_skip = ~model.is_whole[orders][self.lines.position]
        self._most = np.where(self.may_skip, self.unfilled, np.inf)
        self._unpriced = np.ascontiguousarray(cost.T)
        self._parcel = np.ascontiguousarray(model.parcel_cost[model.lane[orders]].T)
        self._parcel[idle.T] = np.inf
        self.may_split = (self.lines.count > 1) & ~model.is_together[orders] & (model.nodes > 1)

    def plans(self, prices: Prices, with_bound: bool) -> Plans:
        cost = np.take(prices.unit.T, self._sku, axis=1)
        cost *= self._quantity
        cost += self._unpriced
        if prices.line.any():
            cost += prices.of_lines(self._sku, self._quantity)
        np.minimum(cost, self._most, out=cost)
        return self._plans(cost, self._parcel + prices.parcel[:, None], with_bound)

    def _plans(self, cost: Floats, parcel: Floats, with_bound: bool) -> Plans:
        """The plans where lines cost `cost` (N, lines) and parcels `parcel` (N, orders); nodes first: sums run along
        rows."""
        none = self._sums(self.unfilled)
        singles = np.vstack([self._sums(cost) + parcel, none])
        best, second = np.partition(singles, 1, axis=0)[:2]
        chosen = np.zeros(singles.shape, dtype=bool)
        chosen[singles.argmin(axis=0), np.arange(len(none))] = True
        chosen = chosen[:-1]
        bound = best.copy()
        split = np.flatnonzero(self.may_split)
        if len(split):
            several = _Several(cost, parcel, self.lines.count).only(split)
            parted, nodes = several.best_splits()
            pays = parted < best[split]
            second[split] = np.where(pays, best[split], np.minimum(second[split], parted))
            chosen[:, split[pays]] = nodes[:, pays]
            best[split] = np.minimum(best[split], parted)
            bound[split] = np.minimum(best[split], several.bound(parted)) if with_bound else best[split]
        with np.errstate(invalid="ignore"):
            regret = np.nan_to_num(second - best, nan=0.0, posinf=np.finfo(float).max)
        return Plans(best, regret, bound, self._nodes(chosen, cost))

    def _sums(self, values: Floats) -> Floats:
        return _sums(values, self.lines.first)

    def _nodes(self, chosen: Bools, cost: Floats) -> Ints:
        """Each line's node: the cheapest of the order's, unless leaving it unfilled is allowed and as cheap."""
        cost = np.where(chosen[:, self.lines.position], cost, np.inf)
        node = cost.argmin(axis=0)
        cheapest = cost[node, np.arange(len(node))]
        is_skipped = ~np.isfinite(cheapest) | (self.may_skip & (cheapest >= self.unfilled))
        return np.where(is_skipped, NOWHERE, node)


class _Several:
    """Orders that more than one node may ship: their lines' costs (N, lines) and parcels (N, orders)."""

    def __init__(self, cost: Floats, parcel: Floats, count: Ints) -> None:
        self.cost, self.parcel, self.count = cost, parcel, count
        self.first = np.cumsum(count) - count
        self.position = np.repeat(np.arange(len(count)), count)

    def only(self, orders: Ints) -> _Several:
        """Some of them, by their positions, in ascending order."""
        keep = np.zeros(len(self.count), dtype=bool)
        keep[orders] = True
        lines = keep[self.position]
        return _Several(np.ascontiguousarray(self.cost[:, lines]), self.parcel[:, orders], self.count[orders])

    def best_splits(self) -> tuple[Floats, Bools]:
        """The cost of each order's best plan of two nodes and more, and these nodes as a mask (N, orders)."""
        best, chosen = np.full(len(self.count), np.inf), np.zeros(self.parcel.shape, dtype=bool)
        for count in np.unique(self.count).tolist():
            mine = np.flatnonzero(self.count == count)
            part = self.only(mine)
            best[mine], chosen[:, mine] = part._parted(count) if count <= _PARTED_LINES else part._grown()
        return best, chosen

    def _parted(self, count: int) -> tuple[Floats, Bools]:
        """`best_splits` of orders of `count` lines: every way to part these, each part at its cheapest node.

        A set of lines is a number whose bits are its lines. Its best way is its part with its first line at one node,
        and the best way of the rest.
        """
        lines = [self.cost[:, self.first + place] for place in range(count)]
        sums, orders, whole = [np.zeros_like(self.parcel)], np.arange(len(self.count)), (1 << count) - 1
        node = np.zeros((whole + 1, len(orders)), dtype=np.int64)
        alone, best = np.zeros(node.shape), np.zeros(node.shape)
        first_part = np.zeros(node.shape, dtype=np.int64)
        for lot in range(1, whole + 1):
            first = lot & -lot
            sums.append(sums[lot ^ first] + lines[first.bit_length() - 1])
            priced = sums[lot] + self.parcel
            node[lot] = priced.argmin(axis=0)
            alone[lot] = priced[node[lot], orders]
            best[lot], first_part[lot] = (alone[lot], lot) if lot != whole else (np.inf, first)
            part = (lot - 1) & lot
            while part:
                if part & first:
                    cost = alone[part] + best[lot ^ part]
                    is_better = cost < best[lot]
                    best[lot] = np.where(is_better, cost, best[lot])
                    first_part[lot][is_better] = part
                part = (part - 1) & lot
        return best[whole], self._nodes_of_parts(node, first_part, whole)

    def _nodes_of_parts(self, node: Ints, first_part: Ints, whole: int) -> Bools:
        chosen, orders = np.zeros(self.parcel.shape, dtype=bool), np.arange(len(self.count))
        rest = np.full(len(orders), whole)
        while len(orders):
            part = first_part[rest, orders]
            chosen[node[part, orders], orders] = True
            rest ^= part
            orders, rest = orders[rest > 0], rest[rest > 0]
        return chosen

    def _grown(self) -> tuple[Floats, Bools]:
        best, chosen = self._best_pairs()
        chosen, best = self._add_nodes(chosen, best)
        return best, chosen

    def _best_pairs(self) -> tuple[Floats, Bools]:
        """The cost of each order's best pair of nodes, and the pair as a mask (N, orders)."""
        orders = np.arange(self.parcel.shape[1])
        best = np.full(len(orders), np.inf)
        pair = np.zeros((2, len(orders)), dtype=np.int64)
        for one in range(len(self.parcel) - 1):
            cost = self._sums(np.minimum(self.cost[one], self.cost[one + 1 :]))
            cost += self.parcel[one + 1 :]
            cost += self.parcel[one]
            other = cost.argmin(axis=0)
            found = cost[other, orders]
            is_better = found < best
            best[is_better] = found[is_better]
            pair[0, is_better], pair[1, is_better] = one, one + 1 + other[is_better]
        chosen = np.zeros(self.parcel.shape, dtype=bool)
        chosen[pair[0], orders] = chosen[pair[1], orders] = True
        return best, chosen

    def _add_nodes(self, chosen: Bools, best: Floats) -> tuple[Bools, Floats]:
        """`chosen` (N, orders) and its cost, with a further node for as long as one saves more than its parcel."""
        chosen, best = chosen.copy(), best.copy()
        growing = np.flatnonzero(chosen.any(axis=0))
        for _ in range(_MOST_NODES - 2):
            if not len(growing):
                break
            part = self.only(growing)
            now = np.where(chosen[:, growing][:, part.position], part.cost, np.inf).min(axis=0)
            with np.errstate(invalid="ignore"):
                saved = np.nan_to_num(part._sums(np.maximum(now - part.cost, 0.0)), posinf=0.0) - part.parcel
            node = saved.argmax(axis=0)
            gain = saved[node, np.arange(len(growing))]
            pays = gain > 0
            growing, node = growing[pays], node[pays]
            chosen[node, growing] = True
            best[growing] -= gain[pays]
        return chosen, best

    def bound(self, best: Floats) -> Floats:
        """Below this no plan is that several nodes may ship: `best` where all of them were tried."""
        bound = best.copy()
        for count in range(_PARTED_LINES + 1, _PROVEN_LINES + 1):
            mine = np.flatnonzero(self.count == count)
            size = max(_SUMS // (len(self.parcel) << count), 1)
            for some in (mine[start : start + size] for start in range(0, len(mine), size)):
                bound[some] = self.only(some)._least(count)
        large = np.flatnonzero(self.count > _PROVEN_LINES)
        if len(large):
            part = self.only(large)
            # Four nodes cost their parcels at the least, and each line its cheapest node.
            four = part._sums(part.cost.min(axis=0)) + np.sort(part.parcel, axis=0)[:4].sum(axis=0)
            bound[large] = np.maximum(np.minimum(part._best_triples(), four), part._dual_ascent())
        return bound

    def _least(self, count: int) -> Floats:
        """What the best way to part orders of `count` lines costs, as in `_parted`."""
        sums = np.zeros((1, *self.parcel.shape))
        for place in range(count):
            sums = np.concatenate([sums, sums + self.cost[:, self.first + place]])
        alone = (sums + self.parcel).min(axis=1)
        best = np.zeros(alone.shape)
        for lot in range(1, len(alone)):
            parts = np.array([lot & -lot])
            for bit in (1 << place for place in range(count) if (lot & (lot - 1)) >> place & 1):
                parts = np.concatenate([parts, parts | bit])
            best[lot] = (alone[parts] + best[lot ^ parts]).min(axis=0)
        return np.asarray(best[-1])

    def _best_triples(self) -> Floats:
        best = np.full(len(self.count), np.inf)
        for one in range(len(self.parcel) - 2):
            for two in range(one + 1, len(self.parcel) - 1):
                cost = self._sums(np.minimum(np.minimum(self.cost[one], self.cost[two]), self.cost[two + 1 :]))
                cost += self.parcel[two + 1 :]
                best = np.minimum(best, cost.min(axis=0) + self.parcel[one] + self.parcel[two])
        return best

    def _dual_ascent(self) -> Floats:
        """What lines would pay at the least, none of them beyond a node's cost by more than its parcel is worth.

        Erlenkotter 1978, Operations Research 26(6): every line's payment rises from its cheapest node's cost to the
        next one's for as long as the parcels of the nodes below it are not yet paid for. The payments' sum is the value
        of an allowed solution of the dual of the facility-location problem that an order is.
        """
        levels = np.sort(self.cost, axis=0)
        paid = levels[0].copy()
        budget = self.parcel.copy()
        for level in range(1, len(levels) + 1):
            for place in range(self.count.max()):
                orders = np.flatnonzero(self.count > place)
                lines = self.first[orders] + place
                aim = levels[level][lines] if level < len(levels) else np.full(len(lines), np.inf)
                reached = self.cost[:, lines] <= paid[lines]
                room = np.where(reached, budget[:, orders], np.inf).min(axis=0)
                rise = np.clip(np.minimum(aim - paid[lines], room), 0.0, None)
                rise[~np.isfinite(rise)] = 0.0
                paid[lines] += rise
                budget[:, orders] -= np.where(reached, rise, 0.0)
        return self._sums(paid)

    def _sums(self, values: Floats) -> Floats:
        return _sums(values, self.first)


def _sums(values: Floats, first: Ints) -> Floats:
    """Sums by order of what lines have along the last axis; an order's begin at `first`."""
    if values.shape[-1] == len(first):
        return values
    return np.asarray(np.add.reduceat(values, first, axis=-1))
