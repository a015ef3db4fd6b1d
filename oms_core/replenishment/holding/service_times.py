"""Where a network holds its safety stock: the guaranteed-service model on a tree of supply.

Belongs here: the service times that cost least, by dynamic programming, for many SKUs on one tree side by side.
Does not belong here: what stock a net replenishment time needs (`network`), levels (`levels`).

Each place k promises what it replenishes a service time S_k, is itself served within its source's, SI_k = S_source, and
holds stock for its net replenishment time SI_k + T_k − S_k, T_k its own time of review and supply. Customers are
served at once: S = 0 where there are any. Source: Graves & Willems (2000), Optimizing strategic safety stock placement
in supply chains, M&SOM 2(1), 68-83, with its erratum (2003), 5(2), 176-177; Snyder & Shen, Fundamentals of Supply Chain
Theory, ch. 6. A place has one source at most here, so that one pass from the leaves to the roots is the whole program.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from oms_core.arrays import Floats, Ints


def cheapest_service_times(sources: Sequence[int], times: Ints, cost: Floats, most: Ints) -> Ints:
    """Service time of each place and SKU (SKU × place, whole days) at which stock costs least.

    `sources`: of each place the number of the one that replenishes it, −1 for none. `times`: T, SKU × place.
    `cost`: SKU × place × net replenishment time from 0 on, what its stock costs. `most`: the longest service time
    allowed, SKU × place; a root is served at once from outside, its T is the whole supply time. Of equal costs the
    shortest time. Raises ValueError on a source that is no place, on a circle, and where `cost` ends before the longest
    net replenishment time.
    """
    order = _from_the_leaves(sources)
    sku_count, place_count = times.shape
    longest = _longest(sources, times, order)
    if cost.shape[2] <= longest:
        raise ValueError(f"costs are told up to {cost.shape[2] - 1} days, a net replenishment time may be {longest}")
    spans, rows = np.arange(longest + 1), np.arange(sku_count)
    # best[place]: SKU × inbound service time, the least cost of the place and all that it replenishes.
    best = np.zeros((place_count, sku_count, longest + 1))
    choice = np.zeros((place_count, sku_count, longest + 1), dtype=np.int64)
    below = np.zeros((place_count, sku_count, longest + 1))
    for place in order:
        found = np.full((sku_count, longest + 1), np.inf)
        for service in spans:
            net = spans[None, :] + times[:, place, None] - service
            is_allowed = (net >= 0) & (net <= longest) & (service <= most[:, place, None])
            held = cost[rows[:, None], place, np.clip(net, 0, longest)]
            total = np.where(is_allowed, held + below[place][:, service, None], np.inf)
            is_better = total < found - 1e-9
            choice[place][is_better], found = service, np.where(is_better, total, found)
        best[place] = found
        if sources[place] >= 0:
            below[sources[place]] += found
    chosen = np.zeros((sku_count, place_count), dtype=np.int64)
    for place in reversed(order):
        source = sources[place]
        inbound = chosen[:, source] if source >= 0 else np.zeros(sku_count, dtype=np.int64)
        chosen[:, place] = choice[place][rows, inbound]
    return chosen


def _from_the_leaves(sources: Sequence[int]) -> list[int]:
    """Places so ordered that each comes before its source."""
    depth = []
    for place in range(len(sources)):
        steps, at = 0, place
        while sources[at] >= 0:
            if sources[at] >= len(sources):
                raise ValueError(f"place {at} is replenished from {sources[at]}, which is no place")
            steps, at = steps + 1, sources[at]
            if steps > len(sources):
                raise ValueError(f"place {place} is replenished in a circle")
        depth.append(steps)
    return sorted(range(len(sources)), key=lambda place: (-depth[place], place))


def _longest(sources: Sequence[int], times: Ints, order: Sequence[int]) -> int:
    """The longest net replenishment time: nobody above holds anything."""
    whole = times.copy()
    for place in reversed(order):
        if sources[place] >= 0:
            whole[:, place] += whole[:, sources[place]]
    return int(whole.max(initial=0))
