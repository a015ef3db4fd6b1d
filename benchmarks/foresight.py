"""What looking ahead is worth: eight days of orders on one stock, decided a day at a time, at three levels of it.

Myopic decides each day as if it were the last. Hindsight decides all days at once. Between them stand the product's
scarcity (margin x probability that the place will want the unit) and prices of sampled futures: each morning the
remaining days are drawn three times from the known distribution, and what stock is worth in them
(`optimiser.prices`), on average, is added to its cost. The share of the gap that each closes; below zero it costs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.measure import Figure, run
from benchmarks.sourcing import STOCK, wave
from oms_core.allocation.model import NOWHERE, Floats, Ints, Model, order_costs
from oms_core.allocation.optimiser import Effort, optimise
from oms_core.allocation.optimiser.prices import find_prices
from oms_core.allocation.scarcity import scarcity
from oms_core.replenishment.distribution import DemandGrid

_DAYS, _ORDERS, _SKUS, _NODES, _SEEDS, _SAMPLES = 8, 250, 150, 20, 2, 3
#: What a line earns: it costs 45 to leave one, and about 8 to send it.
_MARGIN = 37.0
_EFFORT = Effort(improve_rounds=6, gap=1e-3)
_PROBABILITIES = np.linspace(0.005, 0.995, 100)

#: Added cost of a unit by SKU and node, of a day (from 0) and the stock of its morning.
Foresight = Callable[[int, Ints], Floats]


def _lived(world: Model, foresight: Foresight) -> float:
    """The cost of all days, each decided by itself."""
    stock, cost = world.common.copy(), 0.0
    for day in range(_DAYS):
        today = replace(_orders(world, day), common=stock)
        priced = replace(today, unit_cost=today.unit_cost + foresight(day, stock))
        node = _plan(priced)
        cost += float(order_costs(today, node, np.arange(today.orders)).sum())
        sent = node != NOWHERE
        stock = stock.copy()
        np.subtract.at(stock, (today.item[sent], node[sent]), today.quantity[sent])
    return cost


def _plan(model: Model) -> Ints:
    return optimise(model, _EFFORT, np.full(len(model.item), NOWHERE), lambda: True).node


def _orders(world: Model, day: int) -> Model:
    first, last = day * _ORDERS, (day + 1) * _ORDERS
    begin, end = world.order_start[first], world.order_start[last]
    lines = {name: getattr(world, name)[begin:end] for name in ("item", "quantity", "unfilled_cost")}
    orders = {name: getattr(world, name)[first:last] for name in ("lane", "is_whole", "is_together")}
    return replace(world, order_start=world.order_start[first : last + 1] - begin, **lines, **orders)


def _sampled(world: Model, level: str, seed: int) -> Foresight:
    def foresight(day: int, stock: Ints) -> Floats:
        if day == _DAYS - 1:
            return np.zeros(stock.shape)
        rng = np.random.default_rng([seed, day])
        prices = []
        for _ in range(_SAMPLES):
            drawn = wave((_DAYS - day) * _ORDERS, _SKUS, level, seed=int(rng.integers(1 << 30)))
            # Another draw of orders in the same world: its lanes, nodes and costs, today's stock.
            lane = rng.choice(world.lane, drawn.orders)
            future = replace(drawn, lane=lane, parcel_cost=world.parcel_cost, unit_cost=world.unit_cost, common=stock)
            prices.append(find_prices(replace(future, parcels=world.parcels), 40, lambda: True).prices.unit)
        return np.asarray(np.mean(prices, axis=0))

    return foresight


def _scarce(world: Model) -> Foresight:
    """The product's rule, told the truth: each SKU's demand is Poisson at the node that is nearest to its orders."""
    nearest = np.bincount(world.parcel_cost.argmin(axis=1)[world.lane], minlength=_NODES) / world.orders
    daily = np.bincount(world.item, world.quantity, _SKUS) / _DAYS
    keys = [(f"{sku:03d}", f"{node:02d}") for sku in range(_SKUS) for node in range(_NODES)]
    names = pd.DataFrame(keys, columns=["sku", "location_id"])

    def foresight(day: int, stock: Ints) -> Floats:
        if day == _DAYS - 1:
            return np.zeros(stock.shape)
        mean = np.outer(daily, nearest).ravel() * (_DAYS - 1 - day)
        grid = names.loc[names.index.repeat(len(_PROBABILITIES))].assign(
            probability=np.tile(_PROBABILITIES, len(names)),
            qty_demand=stats.poisson.ppf(_PROBABILITIES[None, :], mean[:, None]).ravel(),
        )
        places = names.assign(qty_free=stock.ravel(), margin_minor=_MARGIN)
        lost = scarcity(places, DemandGrid.from_frame(grid))
        return np.array([lost[key] for key in keys]).reshape(stock.shape)

    return foresight


def _measure(level: str) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"myopic": [], "scarcity": [], "sampled": []}
    for seed in range(_SEEDS):
        world = replace(wave(_DAYS * _ORDERS, _SKUS, level, seed), parcels=np.full(_NODES, 10**6))
        myopic = _lived(world, lambda _, stock: np.zeros(stock.shape))
        hindsight = float(order_costs(world, _plan(world), np.arange(world.orders)).sum())
        found["myopic"].append(100 * (myopic / hindsight - 1))
        for name, foresight in (("scarcity", _scarce(world)), ("sampled", _sampled(world, level, seed))):
            found[name].append(100 * (myopic - _lived(world, foresight)) / (myopic - hindsight))
    return found


def foresight(_folder: Path) -> list[Figure]:
    """The share of the gap between myopic and hindsight that the product's scarcity and sampled futures close."""
    figures = []
    for level, goal in zip(STOCK, ("", "≥ 40 %", "≥ 50 %"), strict=True):
        found = json.loads(run([sys.executable, "-m", "benchmarks.foresight", level]).output.splitlines()[-1])
        note = f"myopic {np.mean(found['myopic']):.1f} % above hindsight"
        for name in ("scarcity", "sampled"):
            spread = f"{min(found[name]):.0f} to {max(found[name]):.0f}"
            figures.append(
                Figure(f"foresight.{level}.{name}", round(float(np.mean(found[name])), 1), "%",
                       f"{spread}; {note}", None, goal)
            )  # fmt: skip
    return figures


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1])))
