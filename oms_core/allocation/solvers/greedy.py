"""The greedy solver: the most urgent line first, each at the first node that can ship all of it.

Lines are taken by channel priority, then by when they were placed, then by id. Each takes what it gets out of the
supply before the next is looked at, so the last unit is given once. Supply is net of reserved and kept back stock:
what is kept back is never touched, and what is kept for a channel only by that channel. It goes by all
rules of what may be done, and by none of what that costs. An order that ships whole, or from one place, is decided when
its first line is.

Belongs here: this one rule. Does not belong here: the problem's and the answer's shape (`problem`, `decisions`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from oms_core.allocation.costed.costs import UNLIMITED, CostedProblem, OrderKey
from oms_core.allocation.stated.decisions import Decision, expiry
from oms_core.allocation.stated.problem import Location, OpenLine

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


#: What a line gets: from where, and how much.
Taken = list[tuple[Candidate, int]]


def allocate(costed: CostedProblem) -> list[Decision]:
    """Decide every open line: all of its quantity is allocated, backordered or held, after what expires is said to.

    Deterministic: the order in which lines, supply or locations are given does not matter.
    """
    run, bound = _Run(costed), _bound_orders(costed)
    found: list[Decision] = []
    decided: set[str] = set()
    for line in costed.problem.ranked:
        if line.order_line_id not in decided:
            lines = bound.get((line.channel_id, line.order_ref), [line])
            decided.update(one.order_line_id for one in lines)
            found += run.decide(lines)
    return found


def _bound_orders(costed: CostedProblem) -> dict[tuple[str, str], list[OpenLine]]:
    """The lines of each order that ships whole or from one place, the most urgent first."""
    channels = costed.rules.ship_complete | costed.rules.keep_together
    orders: dict[tuple[str, str], list[OpenLine]] = defaultdict(list)
    for line in costed.problem.ranked if channels else ():
        if line.channel_id in channels:
            orders[line.channel_id, line.order_ref].append(line)
    return orders


class _Run:
    """The supply as it dwindles in the course of one run."""

    def __init__(self, costed: CostedProblem) -> None:
        self._costed, self._problem, self._rules = costed, costed.problem, costed.rules
        self._left: dict[str, dict[str, int]] = {}
        for (sku, location_id), quantity in self._problem.qty_ats.items():
            self._left.setdefault(sku, {})[location_id] = quantity
        self._kept = {place: dict(parts) for place, parts in self._problem.kept.items()}
        self._kept_skus = {sku for (sku, _), parts in self._kept.items() if any(parts.values())}
        left = {at.location_id: costed.parcels_left(at) for at in costed.locations}
        #: Of places that make so many only.
        self._parcels = {place: parcels for place, parcels in left.items() if parcels < UNLIMITED}
        self._sent: set[tuple[str, OrderKey]] = set()
        self._by_way: dict[OrderKey, list[Candidate]] = {}
        self._counts = bool(self._parcels or self._rules.keep_together)
        #: What was taken: by which line, from where, how much, how much of that of its channel's own, in a new parcel.
        self._taken: list[tuple[OpenLine, str, int, int, bool]] = []

    def decide(self, lines: list[OpenLine]) -> Iterator[Decision]:
        """Decide a line, or all of an order whose lines are bound to each other."""
        free = [line for line in lines if self._problem.why_held(line) is None]
        begun, decided = len(self._taken), {line.order_line_id: self._serve(line, free) for line in free}
        short = any(one.decision != "allocated" for found in decided.values() for one in found)
        if short and lines[0].channel_id in self._rules.ship_complete:
            self._give_back(begun)
            decided = {line.order_line_id: [self._not_whole(line, decided[line.order_line_id])] for line in free}
        for line in lines:
            for reservation in self._problem.expiring_of(line):
                yield from expiry(line, self._rank(line), reservation)
            if held := self._problem.why_held(line):
                yield Decision(line, "held", line.qty_to_decide, *held, self._rank(line))
            yield from decided.get(line.order_line_id, ())

    def _rank(self, line: OpenLine) -> int:
        return self._costed.rank_of[line.order_line_id]

    def _serve(self, line: OpenLine, others: list[OpenLine]) -> list[Decision]:
        """Take for a line what it gets. `others`: it among those that it is bound to."""
        left = self._left_for(line.kept_for, line.sku)
        tried = self._candidates(line)
        makes = self._making(tried, line) if self._parcels else tried
        binds = line.channel_id in self._rules.keep_together
        taken = _choose(line.qty_to_decide, self._one_place(line, others, makes) if binds else makes, left)
        found = list(_allocations(line, self._rank(line), taken, self._left.get(line.sku, {})))
        for (location_id, _), quantity in taken:
            self._take(line, location_id, quantity)
        if short := line.qty_to_decide - sum(quantity for _, quantity in taken):
            found.append(self._backorder(line, short, tried, makes))
        return found

    def _making(self, tried: list[Candidate], line: OpenLine) -> list[Candidate]:
        """Who of them makes a parcel for a line, or has made it."""
        key = self._costed.order_key(line)
        return [one for one in tried if self._parcels.get(one[0], 1) > 0 or (one[0], key) in self._sent]

    def _one_place(self, line: OpenLine, others: list[OpenLine], places: list[Candidate]) -> list[Candidate]:
        """Where the order's lines go from: the first place of those that have most of their units."""
        key = self._costed.order_key(line)
        lines = [other for other in others if self._costed.order_key(other) == key]
        chosen = [one for one in places if (one[0], key) in self._sent]
        return chosen or sorted(places, key=lambda one: -self._units_at(one[0], lines))[:1]

    def _units_at(self, location_id: str, lines: list[OpenLine]) -> int:
        wanted: dict[str, int] = defaultdict(int)
        for line in lines:
            wanted[line.sku] += line.qty_to_decide
        kept_for = lines[0].kept_for
        return sum(min(units, self._left_for(kept_for, sku).get(location_id, 0)) for sku, units in wanted.items())

    def _left_for(self, kept_for: str, sku: str) -> dict[str, int]:
        """What a line may still take of a SKU, by location: all that is left, less what is kept for others."""
        left = self._left.get(sku, {})
        if sku not in self._kept_skus:
            return left
        return {
            location_id: quantity - self._kept_for_others(kept_for, (sku, location_id))
            for location_id, quantity in left.items()
        }

    def _kept_for_others(self, kept_for: str, place: tuple[str, str]) -> int:
        parts = self._kept.get(place)
        return sum(parts.values()) - parts.get(kept_for, 0) if parts else 0

    def _take(self, line: OpenLine, location_id: str, quantity: int) -> None:
        """Out of the channel's own part first: what is kept for nobody stays for whoever comes next."""
        own = min(self._kept.get((line.sku, location_id), {}).get(line.kept_for, 0), quantity)
        is_new = self._counts and (location_id, self._costed.order_key(line)) not in self._sent
        self._move(line, location_id, quantity, own, is_new, sign=-1)
        self._taken.append((line, location_id, quantity, own, is_new))

    def _give_back(self, begun: int) -> None:
        """Undo all that was taken since."""
        for taken in reversed(self._taken[begun:]):
            self._move(*taken, sign=1)
        del self._taken[begun:]

    def _move(self, line: OpenLine, location_id: str, quantity: int, own: int, is_new: bool, *, sign: int) -> None:
        self._left[line.sku][location_id] += sign * quantity
        if own:
            self._kept[line.sku, location_id][line.kept_for] += sign * own
        if is_new:
            self._sent ^= {(location_id, self._costed.order_key(line))}
            if location_id in self._parcels:
                self._parcels[location_id] += sign

    def _candidates(self, line: OpenLine) -> list[Candidate]:
        if line.location_id is not None:
            return [(line.location_id, "desk_choice" if line.is_assigned_by_desk else "channel_choice")]
        channel_id, _, *way = self._costed.order_key(line)
        if (channel_id, *way) not in self._by_way:
            self._by_way[channel_id, *way] = _preference(self._costed.allowed(line), line.region)
        return self._by_way[channel_id, *way]

    def _backorder(self, line: OpenLine, short: int, tried: list[Candidate], makes: list[Candidate]) -> Decision:
        code, text = self._why_it_waits(line, short, tried, makes)
        reason = f"{short} of {line.qty_to_decide} units wait: {text}."
        return Decision(line, "backordered", short, code, reason, self._rank(line))

    def _why_it_waits(
        self, line: OpenLine, short: int, tried: list[Candidate], makes: list[Candidate]
    ) -> tuple[str, str]:
        left = self._left_for(line.kept_for, line.sku)
        idle = [candidate for candidate in tried if left.get(candidate[0], 0) > 0]
        if idle:
            is_bound = any(candidate in makes for candidate in idle)
            why = "the order goes from one place" if is_bound else "makes no more parcels that day"
            places = ", ".join(sorted(place for place, _ in idle))
            code = "order_keeps_together" if is_bound else "no_parcel_left"
            return code, f"{places} could send some, but {why}"
        had = line.qty_to_decide - short
        kept = sum(self._kept_for_others(line.kept_for, (line.sku, place)) for place, _ in tried)
        chosen = f"{line.location_id}, which the channel chose"
        where = f"at {chosen if line.location_id else f'the {len(tried)} nodes that ship'}"
        others = f"; {kept} more are kept for other channels" if kept else ""
        code = "kept_for_other_channels" if kept else "stock_short" if had else "no_stock"
        return code, f"{had} of {line.sku} were available to sell {where}{others}"

    def _not_whole(self, line: OpenLine, found: list[Decision]) -> Decision:
        """That a line of an order that ships whole waits: as nothing of it could be sent, or not all of the order."""
        if len(found) == 1 and found[0].decision == "backordered":
            return found[0]
        text = f"{line.qty_to_decide} of {line.qty_to_decide} units wait: they could be sent, at least some of them"
        reason = f"{text}, but the order ships whole or not at all."
        return Decision(line, "backordered", line.qty_to_decide, "order_ships_whole", reason, self._rank(line))


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


def _choose(wanted: int, candidates: list[Candidate], left: dict[str, int]) -> Taken:
    """The first node that has all of it; else nodes in order, each giving what it has, until it is enough."""
    if not left:
        return []
    for candidate in candidates:
        if left.get(candidate[0], 0) >= wanted:
            return [(candidate, wanted)]
    taken: Taken = []
    for candidate in candidates:
        quantity = min(left.get(candidate[0], 0), wanted)
        if quantity:
            taken.append((candidate, quantity))
            wanted -= quantity
    return taken


def _allocations(line: OpenLine, rank: int, taken: Taken, left: dict[str, int]) -> Iterator[Decision]:
    for part, ((location_id, tier), quantity) in enumerate(taken, start=1):
        before = left[location_id]
        share = f"{quantity} of {line.qty_to_decide} units"
        split = f", part {part} of {len(taken)}, as no node had them all" if len(taken) > 1 else ""
        stock = f"available to sell {before} before, {before - quantity} after"
        reason = f"{location_id}, {_TIERS[tier]}, ships {share}{split}; {stock}."
        code = f"{tier}_split" if len(taken) > 1 else tier
        yield Decision(line, "allocated", quantity, code, reason, rank, location_id, before)
