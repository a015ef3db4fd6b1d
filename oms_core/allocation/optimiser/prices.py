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

from oms_core.allocation.model import NOWHERE, Floats, Ints, Model
from oms_core.allocation.optimiser.plans import Choices, Plans, Prices

#: Rounds from one look at the bound to the next: it costs as much as a round.
_BOUND_EVERY = 10
_MOMENTUM = 0.6
#: First and last step, as shares of what the typical unit could be worth.
_FIRST_STEP, _LAST_STEP = 0.20, 0.005
#: The same once some orders are decided: prices are near already.
_FOLLOWING = 0.02, 0.005
#: Price to begin with, as a share of that, for a SKU of which there is less than is asked for.
_SHORT_PRICE = 0.6
#: By what share of itself the bound is thought to be too low, and what share of that a step is to make good at first;
#: how many rounds in a row may fail to raise it, and how much shorter steps are then.
_TOO_LOW, _SHARE, _PATIENCE, _SHORTER = 0.02, 0.2, 3, 0.7
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
    """Prices with a higher bound than those of `start`, where `rounds` find some before `keep_going` says no."""
    search = _Search(model, lines_split, start)
    share, best, failed = _SHARE, -np.inf, 0
    for _ in range(rounds):
        if not keep_going():
            break
        value = search.value()
        failed = 0 if value > best else failed + 1
        best = max(best, value)
        if failed == _PATIENCE:
            share, failed = share * _SHORTER, 0
        if not search.climb(share * (best + _TOO_LOW * abs(best) - value)):
            break
    search.look_at_highest()
    return search.best


def follow(model: Model, prices: Prices, rounds: int) -> Prices:
    """`prices` after some short steps towards what `model`, of which some orders are decided, asks for and has left."""
    search = _Search(model, False, Priced(prices, -np.inf))
    for step in np.geomspace(*_FOLLOWING, rounds):
        search.step(float(step), False)
    return search.prices


class _Search:
    def __init__(self, model: Model, lines_split: bool, start: Priced | None = None) -> None:
        self._model = model
        self._stock = model.stock
        available = model.own + model.common[model.sku]
        if lines_split:
            # A node with a single unit can ship a part of any line.
            available = np.where(available > 0, model.quantity.max(initial=0), 0)
        self._choices = Choices(model, np.arange(model.orders), available, model.parcels > 0)
        self._scale = _scale(model)
        self._unit = np.zeros(model.common.shape)
        asked = np.bincount(model.sku[model.item], model.quantity, len(model.common))
        self._unit[asked > self._stock.sum(axis=1)] = _SHORT_PRICE * self._scale
        self._parcel = np.zeros(model.nodes)
        self._unit_pull = np.zeros_like(self._unit)
        self._parcel_pull = np.zeros_like(self._parcel)
        self.best = Priced(Prices.none(model), -np.inf)
        if start is not None:
            self._unit, self._parcel, self.best = start.prices.unit, start.prices.parcel, start
        self._highest = Priced(self.best.prices, -np.inf)

    @property
    def prices(self) -> Prices:
        """The prices of now."""
        return Prices(self._unit, self._parcel)

    def step(self, step: float, is_look: bool) -> None:
        prices = self.prices
        plans = self._plans(prices, is_look)
        if is_look:
            self._remember(prices, plans)
        units, parcels = _asked(self._model, plans.node)
        self._unit_pull = _pull(self._unit_pull, units, self._stock)
        self._parcel_pull = _pull(self._parcel_pull, parcels, self._model.parcels)
        self._unit = np.maximum(self._unit + step * self._scale * self._unit_pull, 0.0)
        self._parcel = np.maximum(self._parcel + step * self._scale * self._parcel_pull, 0.0)

    def value(self) -> float:
        """About the bound at the prices of now; how much more is asked for than is there is noted."""
        prices = self.prices
        plans = self._plans(prices, False)
        units, parcels = _asked(self._model, plans.node)
        first = not np.isfinite(self._highest.bound)
        share = 0.0 if first else _DEFLECTION
        self._unit_pull = share * self._unit_pull + (1 - share) * (units - self._stock)
        self._parcel_pull = share * self._parcel_pull + (1 - share) * (parcels - self._model.parcels)
        value = float(plans.cost.sum()) - self._fetched(prices)
        if value > self._highest.bound:
            self._highest = Priced(prices, value)
        return value

    def climb(self, rise: float) -> bool:
        """Go as far along the pull as would raise the bound by `rise`, were it straight; whether there is a pull."""
        unit = np.where((self._unit <= 0) & (self._unit_pull < 0), 0.0, self._unit_pull)
        parcel = np.where((self._parcel <= 0) & (self._parcel_pull < 0), 0.0, self._parcel_pull)
        along, across = unit / np.maximum(self._stock, 1), parcel / np.maximum(self._model.parcels, 1)
        length = float((unit * along).sum() + (parcel * across).sum())
        if length <= 0:
            return False
        self._unit = np.maximum(self._unit + rise / length * along, 0.0)
        self._parcel = np.maximum(self._parcel + rise / length * across, 0.0)
        return True

    def look_at_highest(self) -> None:
        """Look at the bound at the prices of the highest value."""
        self._unit, self._parcel = self._highest.prices.unit, self._highest.prices.parcel
        self.look()

    def look(self) -> None:
        """Look at the bound at the prices of now."""
        self._remember(self.prices, self._plans(self.prices, True))

    def _plans(self, prices: Prices, with_bound: bool) -> Plans:
        return self._choices.plans(prices, with_bound)

    def _remember(self, prices: Prices, plans: Plans) -> None:
        bound = float(plans.bound.sum()) - self._fetched(prices)
        if bound > self.best.bound:
            self.best = Priced(prices, bound)

    def _fetched(self, prices: Prices) -> float:
        """What the supply would fetch."""
        return float((prices.unit * self._stock).sum() + (prices.parcel * self._model.parcels).sum())


def _scale(model: Model) -> float:
    """What a typical unit could be worth: what leaving it costs, unless that is far above what any parcel costs."""
    dearest = model.parcel_cost[np.isfinite(model.parcel_cost)].max(initial=0.0) + model.unit_cost.max(initial=0.0)
    unfilled = float(np.median(model.unfilled_cost / model.quantity))
    return min(unfilled, 3 * float(dearest)) or unfilled


def _pull(before: Floats, asked: Floats, there: Ints) -> Floats:
    """Up where more is asked for than is there, down where less; between -1 and 1."""
    return _MOMENTUM * before + (1 - _MOMENTUM) * (asked - there) / (asked + there + 0.5)


def _asked(model: Model, node: Ints) -> tuple[Floats, Floats]:
    """Units by SKU and node, and parcels by node, that all orders ask for."""
    shipped = node != NOWHERE
    at = node[shipped]
    place = model.sku[model.item[shipped]] * model.nodes + at
    units = np.bincount(place, model.quantity[shipped], model.common.size)
    sends = np.zeros((model.orders, model.nodes), dtype=bool)
    sends[model.order_of_line[shipped], at] = True
    return np.asarray(units, dtype=float).reshape(model.common.shape), sends.sum(axis=0, dtype=float)
