"""Pegging: which supply each waiting unit is to get, and so the day it can be promised for.

Lines are served in the order in which runs serve them, supply in the order in which it comes: unit against unit, anew
in every run, so that pegs follow supply. What comes to a place that may not send a line is not promised to it. Only
what is nearly there stays with the line that it was pegged to.

Belongs here: this rule, and what a place lacks before anything can be promised from it.
Does not belong here: when supply comes (`int_coming_supply`), what is in stock (`greedy`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

#: A supply's type, reference, SKU and location.
SupplyKey = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order line that waits for `quantity` base units; `rank` is its position in the run, 1 first.

    `senders`: the locations that may ever send it (`costs.CostedProblem.senders`); None: all.
    """

    order_line_id: str
    sku: str
    quantity: int
    rank: int
    senders: frozenset[str] | None = None

    def may_get(self, supply: Supply) -> bool:
        """Whether the place that a supply comes to may send the line."""
        return self.senders is None or supply.location_id in self.senders


@dataclass(frozen=True, slots=True)
class Supply:
    """What comes to a location that ships orders, on the day for which it is safe to promise it; in base units.

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
class Peg:
    """A quantity of a supply for a line. `promised_date`: the day the line's whole wait ends; None unless it does."""

    order_line_id: str
    supply: Supply
    quantity: int
    is_locked: bool
    promised_date: date | None


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


def peg(
    waiting: Iterable[Waiting], supply: Iterable[Supply], earlier: Mapping[str, Mapping[SupplyKey, int]]
) -> list[Peg]:
    """Peg every waiting unit that supply can serve. `earlier`: quantities by order line and supply, of the run before.

    Deterministic: the order in which lines and supply are given does not matter.
    """
    run = _Run(supply)
    lines = sorted(waiting, key=lambda line: (line.rank, line.order_line_id))
    for line in lines:
        run.keep(line, earlier.get(line.order_line_id, {}))
    for line in lines:
        run.serve(line)
    return [peg for line in lines for peg in run.pegs(line)]


class _Run:
    """The supply as it is given away."""

    def __init__(self, supply: Iterable[Supply]) -> None:
        self._by_sku: dict[str, list[Supply]] = defaultdict(list)
        for item in sorted(supply, key=_by_arrival):
            self._by_sku[item.sku].append(item)
        self._left = {item.key: item.quantity for items in self._by_sku.values() for item in items}
        self._given: dict[str, dict[SupplyKey, int]] = defaultdict(dict)
        self._locked: set[tuple[str, SupplyKey]] = set()

    def keep(self, line: Waiting, earlier: Mapping[SupplyKey, int]) -> None:
        """Give again what was pegged to the line and is nearly there, as far as both still last."""
        for item in self._for(line):
            if item.is_locked and self._give(line, item, earlier.get(item.key, 0)):
                self._locked.add((line.order_line_id, item.key))

    def serve(self, line: Waiting) -> None:
        for item in self._for(line):
            self._give(line, item, item.quantity)

    def _for(self, line: Waiting) -> list[Supply]:
        return [item for item in self._by_sku[line.sku] if line.may_get(item)]

    def pegs(self, line: Waiting) -> list[Peg]:
        given = self._given[line.order_line_id]
        items = [item for item in self._by_sku[line.sku] if item.key in given]
        is_whole = sum(given.values()) == line.quantity
        promised = max((item.available_date for item in items), default=None) if is_whole else None
        return [
            Peg(line.order_line_id, item, given[item.key], (line.order_line_id, item.key) in self._locked, promised)
            for item in items
        ]

    def _give(self, line: Waiting, item: Supply, at_most: int) -> int:
        given = self._given[line.order_line_id]
        quantity = min(at_most, self._left[item.key], line.quantity - sum(given.values()))
        if quantity > 0:
            self._left[item.key] -= quantity
            given[item.key] = given.get(item.key, 0) + quantity
        return quantity


def _by_arrival(supply: Supply) -> tuple[date, str, str, str, str]:
    return (supply.available_date, supply.location_id, supply.supply_type, supply.supply_ref, supply.sku)


def _of(supply: Supply, quantity: int) -> Supply:
    return Supply(*supply.key, supply.available_date, quantity, supply.is_locked)
