"""The greedy solver: the most urgent line first, each at the first node that can ship all of it.

Lines are taken by channel priority, then by when they were placed, then by id. Each takes what it gets out of the
supply before the next is looked at, so the last unit is given once. Supply is net of reserved and protected stock:
what is protected is never touched, and what is kept for a channel only by that channel.

Belongs here: this one rule. Does not belong here: the problem's and the answer's shape (`problem`, `decisions`).
"""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.allocation.decisions import Decision, expiry
from oms_core.allocation.problem import Location, OpenLine, Problem, can_deliver

#: Words for the tier in which a node was found, by reason code.
_TIERS = {
    "channel_choice": "the location that the channel chose",
    "desk_choice": "the location that the order desk chose",
    "region_warehouse": "a warehouse of the customer's region",
    "other_warehouse": "a warehouse of another region",
    "drop_shipper": "a drop-shipper",
    "store": "a store that ships orders",
}

#: A node to try: its id and the tier that brought it in.
Candidate = tuple[str, str]


def allocate(problem: Problem) -> list[Decision]:
    """Decide every open line: all of its quantity is allocated, backordered or held, after what expires is said to.

    Deterministic: the order in which lines, supply or locations are given does not matter.
    """
    run = _Run(problem)
    return [decision for rank, line in enumerate(problem.ranked, start=1) for decision in run.decide(line, rank)]


class _Run:
    """The supply as it dwindles in the course of one run."""

    def __init__(self, problem: Problem) -> None:
        self._left: dict[str, dict[str, int]] = {}
        for (sku, location_id), quantity in problem.qty_ats.items():
            self._left.setdefault(sku, {})[location_id] = quantity
        self._kept = {place: dict(parts) for place, parts in problem.kept.items()}
        self._problem = problem
        self._shipping = [location for location in problem.locations if location.ships_orders]
        self._by_way: dict[tuple[str | None, str], list[Candidate]] = {}

    def decide(self, line: OpenLine, rank: int) -> Iterator[Decision]:
        for reservation in self._problem.expiring_of(line):
            yield from expiry(line, rank, reservation)
        held = self._problem.why_held(line)
        if held:
            yield Decision(line, "held", line.qty_to_decide, *held, rank)
            return
        candidates = self._candidates(line)
        left = self._left_for(line.channel_id, line.sku)
        taken = _choose(line.qty_to_decide, candidates, left)
        yield from _allocations(line, rank, taken, self._left.get(line.sku, {}))
        for (location_id, _), quantity in taken:
            self._take(line.channel_id, (line.sku, location_id), quantity)
        short = line.qty_to_decide - sum(quantity for _, quantity in taken)
        if short:
            yield _backorder(line, rank, short, len(candidates), self._kept_from(line, candidates))

    def _left_for(self, channel_id: str, sku: str) -> dict[str, int]:
        """What a channel may still take of a SKU, by location: all that is left, less what is kept for others."""
        left = self._left.get(sku, {})
        return {
            location_id: quantity - self._kept_for_others(channel_id, (sku, location_id))
            for location_id, quantity in left.items()
        }

    def _kept_for_others(self, channel_id: str, place: tuple[str, str]) -> int:
        parts = self._kept.get(place)
        return sum(parts.values()) - parts.get(channel_id, 0) if parts else 0

    def _take(self, channel_id: str, place: tuple[str, str], quantity: int) -> None:
        """Out of the channel's own part first: what is kept for nobody stays for whoever comes next."""
        sku, location_id = place
        self._left[sku][location_id] -= quantity
        parts = self._kept.get(place, {})
        if channel_id in parts:
            parts[channel_id] = max(parts[channel_id] - quantity, 0)

    def _kept_from(self, line: OpenLine, candidates: list[Candidate]) -> int:
        return sum(self._kept_for_others(line.channel_id, (line.sku, location_id)) for location_id, _ in candidates)

    def _candidates(self, line: OpenLine) -> list[Candidate]:
        if line.location_id is not None:
            return [(line.location_id, "desk_choice" if line.is_assigned_by_desk else "channel_choice")]
        way = (line.region, line.method)
        if way not in self._by_way:
            able = [location for location in self._shipping if can_deliver(location.kind, line.method)]
            self._by_way[way] = _preference(able, line.region)
        tried = self._by_way[way]
        return [one for one in tried if one[0] not in line.barred_location_ids] if line.barred_location_ids else tried


def _preference(locations: list[Location], region: str | None) -> list[Candidate]:
    """Nodes in the order in which they are tried for a region, each with its tier."""
    order = list(_TIERS)
    tried = [(_tier(location, region), location) for location in locations]
    tried.sort(key=lambda pair: (order.index(pair[0]), pair[1].sourcing_rank, pair[1].location_id))
    return [(location.location_id, tier) for tier, location in tried]


def _tier(location: Location, region: str | None) -> str:
    if location.kind == "warehouse":
        return "region_warehouse" if location.region == region else "other_warehouse"
    return location.kind


def _choose(wanted: int, candidates: list[Candidate], left: dict[str, int]) -> list[tuple[Candidate, int]]:
    """The first node that has all of it; else nodes in order, each giving what it has, until it is enough."""
    if not left:
        return []
    for candidate in candidates:
        if left.get(candidate[0], 0) >= wanted:
            return [(candidate, wanted)]
    taken = []
    for candidate in candidates:
        quantity = min(left.get(candidate[0], 0), wanted)
        if quantity:
            taken.append((candidate, quantity))
            wanted -= quantity
    return taken


def _allocations(
    line: OpenLine, rank: int, taken: list[tuple[Candidate, int]], left: dict[str, int]
) -> Iterator[Decision]:
    for part, ((location_id, tier), quantity) in enumerate(taken, start=1):
        before = left[location_id]
        share = f"{quantity} of {line.qty_to_decide} units"
        split = f", part {part} of {len(taken)}, as no node had them all" if len(taken) > 1 else ""
        stock = f"available to sell {before} before, {before - quantity} after"
        reason = f"{location_id}, {_TIERS[tier]}, ships {share}{split}; {stock}."
        code = f"{tier}_split" if len(taken) > 1 else tier
        yield Decision(line, "allocated", quantity, code, reason, rank, location_id, before)


def _backorder(line: OpenLine, rank: int, short: int, nodes: int, kept: int) -> Decision:
    where = f"at {line.location_id}, which the channel chose" if line.location_id else f"at the {nodes} nodes that ship"
    had = line.qty_to_decide - short
    others = f"; {kept} more are kept for other channels" if kept else ""
    reason = f"{short} of {line.qty_to_decide} units wait: {had} of {line.sku} were available to sell {where}{others}."
    code = "kept_for_other_channels" if kept else "stock_short" if had else "no_stock"
    return Decision(line, "backordered", short, code, reason, rank)
