"""What stock and parcels are worth: the prices at which orders that choose by themselves ask for about what there is.

They are the multipliers of a Lagrangian relaxation of stock and parcel limits (Fisher 1981, Management Science 27(1)),
found by steps along a smoothed subgradient, each place's step scaled by its own supply. Whatever the prices, what
orders would pay at them less what the supply would fetch is a bound below which no allowed plan can cost.

Steps of a planned length come near quickly (`find_prices`); then steps as long as the bound is to rise (Polyak 1969;
Goffin & Kiwiel 1999, Mathematical Programming 85) find what these leave (`sharpen`).

Belongs here: the search for prices, and the bound. Does not belong here: an order's choice (`plans`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from oms_core.allocation.costed.model import NOWHERE, Model
from oms_core.allocation.solvers.optimiser.plans import Choices, Plans, Prices
from oms_core.allocation.solvers.optimiser.sizes import Sizes
from oms_core.arrays import Floats, Ints

#: Rounds from one look at the bound to the next: it costs as much as a round.
_BOUND_EVERY = 10
_MOMENTUM = 0.6
#: First and last step, as shares of what the typical unit could be worth.
_FIRST_STEP, _LAST_STEP = 0.20, 0.005
#: The same once some orders are decided: prices are near already.
_FOLLOWING = 0.04, 0.01
#: Price to begin with, as a share of that, for a SKU of which there is less than is asked for.
_SHORT_PRICE = 0.6
#: By what share of itself the bound is thought to be too low, and what share of that a step is to make good at first;
#: how many rounds in a row may fail to raise it, and how much shorter steps are then.
#: Below the least of such steps nothing more is found.
_TOO_LOW, _SHARE, _PATIENCE, _SHORTER, _LEAST = 0.03, 0.4, 3, 0.7, 1e-3
_DEFLECTION = 0.7


@dataclass(frozen=True)
class Priced:
    """Prices, and the bound in minor units that they prove."""

    prices: Prices
    bound: float


def find_prices(model: Model, rounds: int, keep_going: Callable[[], bool], lines_split: bool = False) -> Priced:
    """The prices with the highest bound among those seen in `rounds`, or until `keep_going` says no.

    `lines_split`: the bound is to hold for plans, too, in which several nodes ship a line's units.
    """
    search = _Search(model, lines_split)
    for done in range(rounds):
        is_look = done % _BOUND_EVERY == _BOUND_EVERY - 1 or done == rounds - 1
        search.step(_FIRST_STEP * (_LAST_STEP / _FIRST_STEP) ** (done / max(rounds - 1, 1)), is_look)
        if not keep_going():
            break
    if not np.isfinite(search.best.bound):
        search.look()
    return search.best


def sharpen(
    model: Model, start: Priced, rounds: int, keep_going: Callable[[], bool], lines_split: bool = False
) -> Priced:
    """Prices with a higher bound than those of `start`, where `rounds` find some before `keep_going` says no.

    Unless lines split, lines have prices by their size (`sizes`), too.
    """
    search = _Search(model, lines_split, start, has_sizes=not lines_split)
    share, best, failed = _SHARE, -np.inf, 0
    for _ in range(rounds):
        if not keep_going():
            break
        value = search.value()
        failed = 0 if value > best else failed + 1
        best = max(best, value)
        if failed == _PATIENCE:
            share, failed = share * _SHORTER, 0
        if share < _LEAST or not search.climb(share * (best + _TOO_LOW * abs(best) - value)):
            break
    search.look_at_highest()
    return search.best


def follow(model: Model, prices: Prices, rounds: int) -> Prices:
    """`prices` after some short steps towards what `model`, of which some orders are decided, asks for and has left."""
    search = _Search(model, False, Priced(prices, -np.inf), has_sizes=bool(prices.line.any()))
    for step in np.geomspace(*_FOLLOWING, rounds):
        search.step(float(step), False)
    return search.prices


class _Search:
    """Prices that move, each kind by the same steps: of units by node, of parcels by node, of lines by their size."""

    def __init__(self, model: Model, lines_split: bool, start: Priced | None = None, has_sizes: bool = False) -> None:
        self._model = model
        self._stock = model.stock
        available = model.own + model.common[model.sku]
        if lines_split:
            # A node with a single unit can ship a part of any line.
            available = np.where(available > 0, model.quantity.max(initial=0), 0)
        self._choices = Choices(model, np.arange(model.orders), available, model.parcels > 0)
        self._scale = _scale(model)
        self.prices, self.best = self._first(), Priced(Prices.none(model), -np.inf)
        if start is not None:
            self.prices, self.best = start.prices, start
        self._sizes = Sizes.of(model) if has_sizes else None
        if self._sizes is not None:
            self.prices = _by_size(self.prices, self._sizes, self._stock)
        self._pull = tuple(np.zeros_like(price) for price in self.prices.kinds)
        self._highest = Priced(self.prices, -np.inf)

    def _first(self) -> Prices:
        model, prices = self._model, Prices.none(self._model)
        asked = np.bincount(model.sku[model.item], model.quantity, len(model.common))
        prices.unit[asked > self._stock.sum(axis=1)] = _SHORT_PRICE * self._scale
        return prices

    def step(self, step: float, is_look: bool) -> None:
        """Go so far, as a share of what is typical, wherever what is asked for is not what is there."""
        plans = self._plans(is_look)
        asked, there = self._asked(plans.node), self._there()
        if is_look:
            self._remember(plans)
        self._pull = tuple(map(_pull, self._pull, asked, there))
        self._go([step * self._scale * pull for pull in self._pull])

    def value(self) -> float:
        """About the bound at the prices of now; how much more is asked for than is there is noted."""
        plans = self._plans(False)
        there = self._there()
        share = _DEFLECTION if np.isfinite(self._highest.bound) else 0.0
        more = [asked - here for asked, here in zip(self._asked(plans.node), there, strict=True)]
        self._pull = tuple(share * pull + (1 - share) * now for pull, now in zip(self._pull, more, strict=True))
        value = float(plans.cost.sum()) - self._fetched(there)
        if value > self._highest.bound:
            self._highest = Priced(self.prices, value)
        return value

    def climb(self, rise: float) -> bool:
        """Go as far along the pull as would raise the bound by `rise`, were it straight; whether there is a pull."""
        kinds = list(zip(self.prices.kinds, self._pull, strict=True))
        pulls = [np.where((price <= 0) & (pull < 0), 0.0, pull) for price, pull in kinds]
        along = [pull / np.maximum(most, 1) for pull, most in zip(pulls, self._most(), strict=True)]
        length = sum(float((pull * way).sum()) for pull, way in zip(pulls, along, strict=True))
        if length <= 0:
            return False
        self._go([rise / length * way for way in along])
        return True

    def look_at_highest(self) -> None:
        """Look at the bound at the prices of the highest value."""
        self.prices = self._highest.prices
        self.look()

    def look(self) -> None:
        """Look at the bound at the prices of now."""
        self._remember(self._plans(True))

    def _plans(self, with_bound: bool) -> Plans:
        return self._choices.plans(self.prices, with_bound)

    def _go(self, ways: list[Floats]) -> None:
        kinds = zip(self.prices.kinds, ways, strict=True)
        self.prices = Prices(*(np.maximum(price + way, 0.0) for price, way in kinds))

    def _remember(self, plans: Plans) -> None:
        bound = float(plans.bound.sum()) - self._fetched(self._there())
        if bound > self.best.bound:
            self.best = Priced(self.prices, bound)

    def _there(self) -> tuple[Ints | Floats, ...]:
        """What the supply would sell at the prices of now: all units and parcels; of lines, the best that fit."""
        lines = np.zeros_like(self.prices.line) if self._sizes is None else self._sizes.best(self.prices.line)
        return self._stock, self._model.parcels, lines

    def _most(self) -> tuple[Ints | Floats, ...]:
        lines = np.zeros_like(self.prices.line) if self._sizes is None else self._sizes.lines
        return self._stock, self._model.parcels, lines

    def _fetched(self, there: tuple[Ints | Floats, ...]) -> float:
        return sum(float((price * sold).sum()) for price, sold in zip(self.prices.kinds, there, strict=True))

    def _asked(self, node: Ints) -> tuple[Floats, ...]:
        """Units by SKU and node, parcels by node, and lines by SKU and size, that all orders ask for."""
        model, shipped = self._model, node != NOWHERE
        at = node[shipped]
        place = model.sku[model.item[shipped]] * model.nodes + at
        units = np.bincount(place, model.quantity[shipped], model.common.size)
        sends = np.zeros((model.orders, model.nodes), dtype=bool)
        sends[model.order_of_line[shipped], at] = True
        lines = np.zeros_like(self.prices.line) if self._sizes is None else self._sizes.count(shipped)
        return np.asarray(units.reshape(self._stock.shape)), sends.sum(axis=0, dtype=float), np.asarray(lines)


def _by_size(prices: Prices, sizes: Sizes, stock: Ints) -> Prices:
    """The same prices, in which what a unit costs at every node is what a line costs by its size."""
    if prices.line.any():
        return Prices(prices.unit, prices.parcel, np.where(sizes.is_priced[:, None], prices.line, 0.0))
    least = np.where(stock > 0, prices.unit, np.inf).min(axis=1, initial=np.inf)
    least = np.where(sizes.is_priced & np.isfinite(least), least, 0.0)[:, None]
    return Prices(np.maximum(prices.unit - least, 0.0), prices.parcel, least * sizes.size)


def _scale(model: Model) -> float:
    """What a typical unit could be worth: what leaving it costs, unless that is far above what any parcel costs."""
    dearest = model.parcel_cost[np.isfinite(model.parcel_cost)].max(initial=0.0) + model.unit_cost.max(initial=0.0)
    is_wanted = model.unfilled_cost > 0
    unfilled = float(np.median((model.unfilled_cost / model.quantity)[is_wanted])) if is_wanted.any() else 0.0
    return min(unfilled, 3 * float(dearest)) or unfilled


def _pull(before: Floats, asked: Floats, there: Ints | Floats) -> Floats:
    """Up where more is asked for than is there, down where less; between -1 and 1."""
    return _MOMENTUM * before + (1 - _MOMENTUM) * (asked - there) / (asked + there + 0.5)
