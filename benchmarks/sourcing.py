"""Allocation near the cheapest: orders of one wave, 20 nodes, stock that is ample, normal or scarce.

The wave: 60 regions; a parcel costs by distance and lateness, a unit by node, a line left unfilled 45; lines an order
are geometric (1.73 on average), SKUs by a power law; a SKU lies at two nodes of five. Scarce: 0.85 of what is asked
for is there, normal 1.5, ample 4 times. The bound is the better of our own and, for 5,000 orders, the one that is
proven in two minutes and a half on all of them: by HiGHS, on the program with the rows of `optimiser.cuts`, told what
the best plan costs.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, run
from oms_core.allocation.costed.model import NOWHERE, Model, Supply, order_costs
from oms_core.allocation.solvers.optimiser import Effort, optimise
from oms_core.allocation.solvers.optimiser.commit import commit
from oms_core.allocation.solvers.optimiser.prices import find_prices, sharpen
from oms_core.allocation.solvers.optimiser.subproblem import proven_bound
from oms_core.arrays import Ints

_NODES, _REGIONS, _UNFILLED = 20, 60, 45.0
STOCK = {"ample": 4.0, "normal": 1.5, "scarce": 0.85}
_PROVING_SECONDS = 150.0
_EVER = Effort(improve_rounds=10**9, gap=1e-6)


def wave(orders: int, skus: int, level: str, seed: int = 0) -> Model:
    """The model of a wave."""
    rng = np.random.default_rng(seed)
    count = np.minimum(rng.geometric(1 / 1.73, orders), 12)
    popularity = np.arange(1, skus + 1) ** -0.8
    order = np.repeat(np.arange(orders), count)
    pairs = np.unique(order * skus + rng.choice(skus, count.sum(), p=popularity / popularity.sum()))
    order, item = np.divmod(pairs, skus)
    quantity = np.minimum(rng.geometric(0.75, len(item)), 6)
    distance = np.linalg.norm(rng.random((_REGIONS, 1, 2)) - rng.random((1, _NODES, 2)), axis=2)
    late = [3 * np.maximum(np.ceil(4 * distance) - 1 - slack, 0) for slack in range(3)]
    region = rng.choice(_REGIONS, orders, p=rng.dirichlet(np.full(_REGIONS, 3.0)))
    share = rng.gamma(1.0, 1.0, (skus, _NODES)) * (rng.random((skus, _NODES)) < 0.4)
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-9)
    asked = np.bincount(item, quantity, skus)[:, None]
    stock = np.floor(share * asked * STOCK[level] + rng.random(share.shape)).astype(np.int64) * (share > 0)
    return Model(
        order_start=np.searchsorted(order, np.arange(orders + 1)),
        lane=region + _REGIONS * rng.choice(3, orders, p=[0.2, 0.3, 0.5]),
        item=item,
        quantity=quantity,
        unfilled_cost=np.full(len(item), _UNFILLED),
        parcel_cost=np.vstack([6 + 8 * distance + penalty for penalty in late]),
        unit_cost=np.tile(0.4 + 0.6 * rng.random(_NODES), (skus, 1)),
        sku=np.arange(skus),
        own=np.zeros((skus, _NODES), dtype=np.int64),
        common=stock,
        parcels=np.full(_NODES, 2 * orders // _NODES),
        is_whole=np.zeros(orders, dtype=bool),
        is_together=np.zeros(orders, dtype=bool),
    )


def greedy(model: Model) -> Ints:
    """Line by line, the node that costs least next to what the order has, as rule-ordered systems decide."""
    supply, parcels = model.common.copy(), model.parcels.copy()
    node = np.full(len(model.item), NOWHERE)
    for order in range(model.orders):
        fresh = model.parcel_cost[model.lane[order]].copy()
        for line in range(model.order_start[order], model.order_start[order + 1]):
            item, quantity = model.item[line], model.quantity[line]
            cost = np.where(parcels > 0, fresh, np.where(fresh > 0, np.inf, 0)) + quantity * model.unit_cost[item]
            cost[supply[item] < quantity] = np.inf
            best = int(cost.argmin())
            if cost[best] < model.unfilled_cost[line]:
                node[line] = best
                supply[item, best] -= quantity
                parcels[best] -= fresh[best] > 0
                fresh[best] = 0.0
    return node


def _measure(orders: int, skus: int, level: str, seconds: list[float]) -> dict[str, float]:
    model = wave(orders, skus, level)
    everyone = np.arange(model.orders)
    simple = greedy(model)
    found: dict[str, float] = {"greedy": float(order_costs(model, simple, everyone).sum())}
    priced = find_prices(model, _EVER.price_rounds, lambda: True)
    node, supply = np.full(len(model.item), NOWHERE), Supply(model)
    started = time.perf_counter()
    commit(model, everyone, priced.prices, supply, node)
    found["orders_a_second"] = orders / (time.perf_counter() - started)
    priced = sharpen(model, priced, _EVER.fine_rounds, lambda: True)
    bound = priced.bound
    for limit in seconds:
        end = time.perf_counter() + limit
        plan = optimise(model, _EVER, simple, lambda end=end: end - time.perf_counter())  # type: ignore[misc]
        bound = max(bound, plan.bound)
        found[f"{limit:g}"] = plan.cost
    if len(model.item) <= 10_000:
        best = min(found[f"{limit:g}"] for limit in seconds)
        end = time.perf_counter() + _PROVING_SECONDS
        bound = max(bound, proven_bound(model, lambda: end - time.perf_counter(), priced.prices, best))
    return {**found, "bound": bound}


def sourcing(_folder: Path) -> list[Figure]:
    """5,000 and 100,000 orders, each at three levels of stock, against the bound and against line by line."""
    return [
        figure
        for orders, skus, limits in ((5_000, 500, {10: 0.5, 120: 0.05}), (100_000, 2_000, {30: 1.5, 60: 1.0}))
        for level in STOCK
        for figure in _figures(orders, skus, level, limits)
    ]


def _figures(orders: int, skus: int, level: str, limits: dict[int, float]) -> list[Figure]:
    seconds = [str(limit) for limit in limits]
    usage = run([sys.executable, "-m", "benchmarks.sourcing", str(orders), str(skus), level, *seconds])
    found = json.loads(usage.output.splitlines()[-1])
    name, bound = f"sourcing.{orders}_orders.{level}", found["bound"]
    figures = [
        Figure(f"{name}.gap_in_{limit}_s", round(100 * (found[str(limit)] / bound - 1), 2), "%",
               f"line by line {100 * (found['greedy'] / bound - 1):.1f} %", None, f"≤ {goal} %")
        for limit, goal in limits.items()
    ]  # fmt: skip
    return [
        *figures,
        Figure(f"{name}.commit", round(found["orders_a_second"]), "orders/s", "", None, "≥ 100,000"),
        Figure(f"{name}.peak_memory", round(usage.peak_gib, 2), "GiB", "", None, "≤ 4 GiB"),
    ]


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], [float(s) for s in sys.argv[4:]])))
