"""What stock and parcels are worth: the prices at which orders that choose by themselves ask for about what there is.

They are the multipliers of a Lagrangian relaxation of stock and parcel limits (Fisher 1981, Management Science 27(1)),
found by steps along a smoothed subgradient, each place's step scaled by its own supply. Whatever the prices, what
orders would pay at them less what the supply would fetch is a bound below which no allowed plan can cost.

Belongs here: the search for prices, and the bound. Does not belong here: an order's choice (`plans`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from oms_core.allocation.model import NOWHERE, Floats, Ints, Lines, Model
from oms_core.allocation.optimiser.plans import Plans, Prices, best_plans

#: Rounds from one look at the bound to the next: it costs as much as a round.
_BOUND_EVERY = 10
_MOMENTUM = 0.6
#: First and last step, as shares of what the typical unit could be worth.
_FIRST_STEP, _LAST_STEP = 0.20, 0.005
#: Price to begin with, as a share of that, for a SKU of which there is less than is asked for.
_SHORT_PRICE = 0.6


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


class _Search:
    def __init__(self, model: Model, lines_split: bool) -> None:
        self._model = model
        self._orders = np.arange(model.orders)
        self._stock = model.stock
        self._available = model.own + model.common[model.sku]
        if lines_split:
            # A node with a single unit can ship a part of any line.
            self._available = np.where(self._available > 0, model.quantity.max(initial=0), 0)
        self._scale = _scale(model)
        self._unit = np.zeros(model.common.shape)
        asked = np.bincount(model.sku[model.item], model.quantity, len(model.common))
        self._unit[asked > self._stock.sum(axis=1)] = _SHORT_PRICE * self._scale
        self._parcel = np.zeros(model.nodes)
        self._unit_pull = np.zeros_like(self._unit)
        self._parcel_pull = np.zeros_like(self._parcel)
        self.best = Priced(Prices.none(model), -np.inf)

    def step(self, step: float, is_look: bool) -> None:
        prices = Prices(self._unit, self._parcel)
        plans = self._plans(prices, is_look)
        if is_look:
            self._remember(prices, plans)
        units, parcels = _asked(self._model, plans.node)
        self._unit_pull = _pull(self._unit_pull, units, self._stock)
        self._parcel_pull = _pull(self._parcel_pull, parcels, self._model.parcels)
        self._unit = np.maximum(self._unit + step * self._scale * self._unit_pull, 0.0)
        self._parcel = np.maximum(self._parcel + step * self._scale * self._parcel_pull, 0.0)

    def look(self) -> None:
        """Look at the bound at the prices of now."""
        prices = Prices(self._unit, self._parcel)
        self._remember(prices, self._plans(prices, True))

    def _plans(self, prices: Prices, with_bound: bool) -> Plans:
        return best_plans(self._model, self._orders, prices, self._available, self._model.parcels > 0, with_bound)

    def _remember(self, prices: Prices, plans: Plans) -> None:
        fetched = (prices.unit * self._stock).sum() + (prices.parcel * self._model.parcels).sum()
        bound = float(plans.bound.sum() - fetched)
        if bound > self.best.bound:
            self.best = Priced(prices, bound)


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
    lines = Lines.of(model, np.arange(model.orders))
    shipped = node != NOWHERE
    at = node[shipped]
    place = model.sku[model.item[shipped]] * model.nodes + at
    units = np.bincount(place, model.quantity[shipped], model.common.size)
    senders = np.unique(lines.position[shipped] * model.nodes + at) % model.nodes
    parcels = np.bincount(senders, minlength=model.nodes)
    return np.asarray(units, dtype=float).reshape(model.common.shape), parcels.astype(float)
