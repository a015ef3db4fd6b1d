"""Pegging: which supply each waiting unit is to get, and so the day it can be promised for.

Lines are served in the order in which runs serve them, supply in the order in which it comes: unit against unit, anew
in every run, so that pegs follow supply. What comes to a place that may not send a line is not promised to it. Only
what is nearly there stays with the line that it was pegged to.

Where a supply is open to a line's channel, the line's units are sold ahead of it (pre-sold), up to the channel's limit.
Units that were pre-sold are served before all others, in the order of the days that they were promised for: so the day
only moves back when supply does, and they stay pre-sold as long as any supply serves them, whatever the rule is, and
while their line is held. What has come of them by then is on hand, and set aside for it (`due`).

Belongs here: this rule, and what a place lacks before anything can be promised from it.
Does not belong here: when supply comes (`int_coming_supply`), what is in stock (`greedy`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from oms_core.allocation.stated.problem import Location, Problem
from oms_core.allocation.stated.rules import Rules
from oms_core.allocation.stated.working_days import next_working_day
from oms_core.inventory.availability import pre_sell_limit

#: A supply's type, reference, SKU and location.
SupplyKey = tuple[str, str, str, str]
#: Type and reference of what has come and is set aside for a held line.
_ON_HAND = ("on_hand", "on hand")


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order line that waits for `quantity` base units; `rank` is its position in the run, 1 first.

    `senders`: the locations that may ever send it (`costs.CostedProblem.senders`); None: all. `qty_pre_sold` units of
    it were sold ahead of supply before, to be there on `pre_sold_for`. `placed_date`: the day of its order. One that
    `is_held` keeps what it was sold ahead, and gets no more.
    """

    order_line_id: str
    sku: str
    quantity: int
    rank: int
    senders: frozenset[str] | None = None
    channel_id: str = ""
    placed_date: date = date.min
    qty_pre_sold: int = 0
    pre_sold_for: date | None = None
    is_held: bool = False

    @property
    def turn(self) -> tuple[date, int, str]:
        """When its pre-sold units are served: by the day that they were sold for."""
        return (self.pre_sold_for or date.max, self.rank, self.order_line_id)

    def may_get(self, supply: Supply) -> bool:
        """Whether the place that a supply comes to may send the line."""
        return self.senders is None or supply.location_id in self.senders


@dataclass(frozen=True, slots=True)
class Supply:
    """What comes to a location that ships orders, on the day for which it is safe to promise it (a day on which the
    location works); in base units.

    `is_locked`: it is so near that it stays with the lines that it was pegged to.
    """

    supply_type: str
    supply_ref: str
    sku: str
    location_id: str
    available_date: date
    quantity: int
    is_locked: bool = False

    @property
    def key(self) -> SupplyKey:
        return (self.supply_type, self.supply_ref, self.sku, self.location_id)


@dataclass(frozen=True, slots=True)
class PreSale:
    """How much of a supply a channel may sell ahead: a share, or units if more, to orders of `open_from` or later."""

    share: float
    units: int
    open_from: date


#: The terms of a supply for a channel; what is not here may not be sold ahead.
PreSales = Mapping[tuple[SupplyKey, str], PreSale]


@dataclass(frozen=True, slots=True)
class Peg:
    """A quantity of a supply for a line, `qty_pre_sold` of it sold ahead of the supply.

    `promised_date`: the day the line's whole wait ends; None unless it does.
    """

    order_line_id: str
    supply: Supply
    quantity: int
    is_locked: bool
    promised_date: date | None
    qty_pre_sold: int = 0


def beyond_gaps(coming: Iterable[Supply], gaps: Mapping[tuple[str, str], int]) -> list[Supply]:
    """What may be promised: a place fills what it lacks (by SKU and location) with what comes to it first."""
    left = dict(gaps)
    free = []
    for supply in sorted(coming, key=_by_arrival):
        place = (supply.sku, supply.location_id)
        filled = min(left.get(place, 0), supply.quantity)
        left[place] = left.get(place, 0) - filled
        if supply.quantity > filled:
            free.append(_of(supply, supply.quantity - filled))
    return free


def on_working_days(supply: Iterable[Supply], locations: Iterable[Location], rules: Rules) -> list[Supply]:
    """The supply, each for the first day from its own on that its place works; none of one that never works."""
    places = {at.location_id: at for at in locations}
    days = ((item, next_working_day(places[item.location_id], rules, item.available_date)) for item in supply)
    return [replace(item, available_date=day) for item, day in days if day is not None]


def set_aside(problem: Problem, today: date) -> dict[str, list[Supply]]:
    """What has come of what held lines were sold ahead (`due`), by line: it stays with them."""
    sku_of = {line.order_line_id: line.sku for line in problem.lines}
    found: dict[str, list[Supply]] = defaultdict(list)
    for (line_id, location_id), units in sorted(problem.aside.items()):
        found[line_id].append(Supply(*_ON_HAND, sku_of[line_id], location_id, today, units, is_locked=True))
    return found


def peg(
    waiting: Iterable[Waiting],
    supply: Iterable[Supply],
    earlier: Mapping[str, Mapping[SupplyKey, int]],
    pre_sales: PreSales | None = None,
    aside: Mapping[str, list[Supply]] | None = None,
) -> list[Peg]:
    """Peg every waiting unit that supply can serve. `earlier`: quantities by order line and supply, of the run before.
    `aside`: what lies there for a line.

    Deterministic: the order in which lines and supply are given does not matter.
    """
    aside = aside or {}
    run = _Run([*supply, *_joined(aside)], pre_sales or {})
    lines = sorted(waiting, key=lambda line: line.turn)
    for line in lines:
        own = {item.key: item.quantity for item in aside.get(line.order_line_id, ())}
        run.keep(line, {**earlier.get(line.order_line_id, {}), **own})
    for line in lines:
        run.serve_pre_sold(line)
    lines.sort(key=lambda line: (line.rank, line.order_line_id))
    for line in lines:
        run.serve(line)
    return [peg for line in lines for peg in run.pegs(line)]


class _Run:
    """The supply as it is given away."""

    def __init__(self, supply: Iterable[Supply], pre_sales: PreSales) -> None:
        self._pre_sales = pre_sales
        self._by_sku: dict[str, list[Supply]] = defaultdict(list)
        for item in sorted(supply, key=_by_arrival):
            self._by_sku[item.sku].append(item)
        self._whole = {item.key: item.quantity for items in self._by_sku.values() for item in items}
        self._left = dict(self._whole)
        self._ahead: Counter[SupplyKey] = Counter()
        self._ahead_of: dict[str, Counter[SupplyKey]] = defaultdict(Counter)
        self._given: dict[str, dict[SupplyKey, int]] = defaultdict(dict)
        self._locked: set[tuple[str, SupplyKey]] = set()

    def keep(self, line: Waiting, earlier: Mapping[SupplyKey, int]) -> None:
        """Give again what was pegged to the line and is nearly there, as far as both still last."""
        for item in self._for(line):
            if item.is_locked and self._give(line, item, earlier.get(item.key, 0)):
                self._locked.add((line.order_line_id, item.key))

    def serve_pre_sold(self, line: Waiting) -> None:
        for item in self._for(line) if line.qty_pre_sold else ():
            self._give(line, item, self._owed(line))

    def serve(self, line: Waiting) -> None:
        for item in () if line.is_held else self._for(line):
            self._give(line, item, item.quantity)

    def _for(self, line: Waiting) -> list[Supply]:
        return [item for item in self._by_sku[line.sku] if line.may_get(item)]

    def pegs(self, line: Waiting) -> list[Peg]:
        given, ahead = self._given[line.order_line_id], self._ahead_of[line.order_line_id]
        items = [_for_line(item, line) for item in self._by_sku[line.sku] if item.key in given]
        is_whole = sum(given.values()) == line.quantity
        promised = max((item.available_date for item in items), default=None) if is_whole else None
        return [
            Peg(
                line.order_line_id, item, given[item.key], (line.order_line_id, item.key) in self._locked, promised,
                ahead[item.key],
            )
            for item in items
        ]  # fmt: skip

    def _give(self, line: Waiting, item: Supply, at_most: int) -> int:
        given = self._given[line.order_line_id]
        quantity = min(at_most, self._left[item.key], line.quantity - sum(given.values()))
        if quantity > 0:
            self._left[item.key] -= quantity
            given[item.key] = given.get(item.key, 0) + quantity
            self._sell_ahead(line, item, quantity)
        return quantity

    def _owed(self, line: Waiting) -> int:
        """Units that were pre-sold and have no supply yet."""
        return max(line.qty_pre_sold - self._ahead_of[line.order_line_id].total(), 0)

    def _sell_ahead(self, line: Waiting, item: Supply, quantity: int) -> None:
        """Of what is given, what was pre-sold stays so; of the rest, what the channel's terms let it sell ahead."""
        mine = self._ahead_of[line.order_line_id]
        owed = min(quantity, self._owed(line))
        terms, more = self._pre_sales.get((item.key, line.channel_id)), 0
        if terms is not None and line.placed_date >= terms.open_from:
            limit = pre_sell_limit(self._whole[item.key], terms.share, terms.units)
            more = max(min(quantity - owed, limit - self._ahead[item.key] - owed), 0)
        mine[item.key] += owed + more
        self._ahead[item.key] += owed + more


def why_pre_sold(pegs: Iterable[Peg]) -> dict[str, str]:
    """What of each line is sold ahead of which supply, in words; only lines of which something is."""
    parts: dict[str, list[str]] = defaultdict(list)
    for one in pegs:
        if one.qty_pre_sold:
            parts[one.order_line_id].append(f"{one.qty_pre_sold} {_words(one.supply)}")
    return {order_line_id: f"sold ahead: {'; '.join(sold)}" for order_line_id, sold in parts.items()}


def _joined(aside: Mapping[str, list[Supply]]) -> list[Supply]:
    """What is set aside at each place, for whomever."""
    found: dict[SupplyKey, Supply] = {}
    for item in (item for items in aside.values() for item in items):
        found[item.key] = _of(item, item.quantity + (found[item.key].quantity if item.key in found else 0))
    return list(found.values())


def _words(item: Supply) -> str:
    if (item.supply_type, item.supply_ref) == _ON_HAND:
        return f"set aside at {item.location_id}"
    kind = item.supply_type.replace("_", " ")
    return f"of {kind} {item.supply_ref}, safe to promise for {item.available_date}"


def _for_line(item: Supply, line: Waiting) -> Supply:
    """What is set aside for a line is there on the day that it was sold for, however long ago that was."""
    if (item.supply_type, item.supply_ref) != _ON_HAND or line.pre_sold_for is None:
        return item
    return replace(item, available_date=min(item.available_date, line.pre_sold_for))


def _by_arrival(supply: Supply) -> tuple[date, str, str, str, str]:
    return (supply.available_date, supply.location_id, supply.supply_type, supply.supply_ref, supply.sku)


def _of(supply: Supply, quantity: int) -> Supply:
    return Supply(*supply.key, supply.available_date, quantity, supply.is_locked)
