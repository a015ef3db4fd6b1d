"""What it costs to ship which line from where, and so the sourcing problem in numbers.

Belongs here: the rules applied to lines, nodes and the hour, and back from a model's numbers to lines and locations.
Does not belong here: the rules' reading (`rules`), the search for a plan (`optimiser`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import TypeAlias

import numpy as np

from oms_core.allocation.costed.markdowns import Markdowns
from oms_core.allocation.costed.model import Model
from oms_core.allocation.costed.wanted import Taking, what_lines_take
from oms_core.allocation.stated.problem import EPOCH, Location, OpenLine, Problem, Unreleased
from oms_core.allocation.stated.rules import Handling, ParcelRate
from oms_core.allocation.stated.terms import Terms
from oms_core.allocation.stated.waves import Calendar, calendars
from oms_core.allocation.stated.working_days import leaves_on
from oms_core.arrays import Bools, Floats, Ints

#: Parcels of a node without a limit.
UNLIMITED = 10**12
_US_PER_DAY = 86_400_000_000
#: What lines have in common that make one order of the model.
OrderKey: TypeAlias = tuple[str | tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Lane:
    """What decides what a parcel costs: where it goes, who may send it (of whom for its customers' group), who may not,
    by which method of delivery, by when it was promised, and at which places it is in time for the wave that has come.
    `grams`: the least limit of the rates that the order keeps to; None: it is heavier than all.
    """

    region: str | None
    location_id: str | None
    senders: tuple[str, ...] | None
    of_group: tuple[str, ...] | None
    barred: tuple[str, ...]
    method: str
    promised_date: date | None
    handling: Handling | None = None
    in_time: frozenset[str] = frozenset()
    grams: int | None = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of one order for one SKU: a line of the model."""

    lines: tuple[OpenLine, ...]

    @property
    def sku(self) -> str:
        """What they ask for."""
        return self.lines[0].sku

    @property
    def quantity(self) -> int:
        """Base units that they ask for together."""
        return sum(line.qty_to_decide for line in self.lines)


class CostedProblem:
    """A problem's open lines that something can be decided about, costed by rules.

    `handling`: minor units for picking and packing a unit, by node; `rank_of`: a line's place among all, 1 first.
    `promised` before, and among its lines: their parcels have their room where they are.

    Lines of an order that go to the same place by the same method make an order of the model; those of one SKU, a line
    of it.
    """

    def __init__(self, problem: Problem, terms: Terms, promised: Iterable[Unreleased] = ()) -> None:
        self.problem, self.terms, self.rules = problem, terms, terms.rules
        self._promised = Counter(place for place, _ in {(f.location_id, self.order_key(f.line)) for f in promised})
        self.locations = sorted(problem.locations, key=lambda location: location.location_id)
        self.node_of = {location.location_id: node for node, location in enumerate(self.locations)}
        self.rank_of = {line.order_line_id: rank for rank, line in enumerate(problem.ranked, start=1)}
        self.handling = [self._of(self.rules.handling_minor, at, 0) for at in self.locations]
        lines = [line for line in problem.ranked if problem.why_held(line) is None]
        lines.sort(key=self.order_key)
        self.orders = [_groups(list(order)) for _, order in groupby(lines, key=self.order_key)]
        self.groups = [group for order in self.orders for group in order]

    @cached_property
    def skus(self) -> list[str]:
        """The SKUs of the model's stock, row by row."""
        return sorted({group.sku for group in self.groups})

    @cached_property
    def model(self) -> Model:
        """The problem in numbers. To leave a line costs less by what it would take from orders to come (`taking`)."""
        left = self.open_model.unfilled_cost - self.taking.cost
        return replace(self.open_model, unfilled_cost=left, worth_sending=self.taking.most)

    @cached_property
    def taking(self) -> Taking:
        """What each line of the model, were it served, would take from orders to come, as far as the rules hold stock
        back for them."""
        worth = {row: self.terms.worth[sku] for row, sku in enumerate(self.skus) if sku in self.terms.worth}
        price = np.array([self._missed(sku)[1] for sku in self.skus])
        ships = np.array([at.ships_orders for at in self.locations], dtype=bool)
        return what_lines_take(self.open_model, ships, worth, price, self.rules.hold_back_weight)

    @cached_property
    def open_model(self) -> Model:
        """The model as if all stock were for who waits now."""
        lanes: dict[_Lane, int] = {}
        lane = [lanes.setdefault(self._lane(order), len(lanes)) for order in self.orders]
        channels = [order[0].lines[0].channel_id for order in self.orders]
        sku_of = {sku: row for row, sku in enumerate(self.skus)}
        items: dict[tuple[str, str | None], int] = {}
        item = [items.setdefault(self._item(group), len(items)) for group in self.groups]
        own, common = self._stock(list(items), sku_of)
        parcel_cost = self._table([self._parcel_costs(lane) for lane in lanes])
        unit_cost = self._table([self._unit_costs(sku) for sku, _ in items])
        return Model(
            order_start=np.cumsum([0, *map(len, self.orders)], dtype=np.int64),
            lane=_whole(lane),
            item=_whole(item),
            quantity=_whole([group.quantity for group in self.groups]),
            unfilled_cost=self._unfilled_costs(parcel_cost, unit_cost),
            parcel_cost=parcel_cost,
            unit_cost=unit_cost,
            sku=_whole([sku_of[sku] for sku, _ in items]),
            own=own,
            common=common,
            parcels=_whole([self.parcels_left(at) + self._promised[at.location_id] for at in self.locations]),
            is_whole=np.array([channel in self.rules.ship_complete for channel in channels], dtype=bool),
            is_together=np.array([channel in self.rules.keep_together for channel in channels], dtype=bool),
        )

    @cached_property
    def _calendars(self) -> dict[str, Calendar]:
        return calendars(self.locations, self.terms)

    @cached_property
    def blind_model(self) -> Model:
        """The model so."""
        return self.blind(self.model)

    def blind(self, model: Model) -> Model:
        """A model of the problem as if no orders were to come: a unit costs its handling, and what is marked down
        instead."""
        return replace(model, unit_cost=self._table([self._blind_costs(self.skus[row]) for row in model.sku]))

    @cached_property
    def markdowns(self) -> Markdowns:
        """What units that stay are marked down."""
        rules = self.rules.markdown_minor.items()
        saved = {sku: np.array([self._of(rule, at, 0) for at in self.locations], dtype=float) for sku, rule in rules}
        return Markdowns(saved, {sku: self._there(sku) for sku in saved})

    def _there(self, sku: str) -> Bools:
        """Which nodes have units of a SKU and ship orders."""
        has = [self.problem.qty_ats.get((sku, at.location_id), 0) > 0 and at.ships_orders for at in self.locations]
        return np.array(has, dtype=bool)

    def _blind_costs(self, sku: str) -> Floats:
        nodes = range(len(self.locations))
        return np.array(self.handling, dtype=float) + [self.markdowns.elsewhere(sku, node) for node in nodes]

    def order_key(self, line: OpenLine) -> OrderKey:
        """What lines have in common that make one order of the model: channel and number of their order, first."""
        where = (line.location_id or "", line.region or "", line.method, line.customer_group or "")
        handling_class = self.problem.handling_class.get(line.sku, "") if self._handling(line) else ""
        return (line.channel_id, line.order_ref, *where, line.barred_location_ids, handling_class)

    def _handling(self, line: OpenLine) -> Handling | None:
        """What the rules say of the goods' class."""
        return self.rules.handling_classes.get(self.problem.handling_class.get(line.sku, ""))

    def allowed(self, line: OpenLine) -> list[Location]:
        """The places that may send a line, whatever they hold and whether there is a rate for it."""
        lane = self._lane([Group((line,))])
        return [at for at in self.locations if self._is_allowed(lane, at)]

    def may_send(self, line: OpenLine, location_id: str) -> bool:
        """Whether the rules let a location send a line."""
        if location_id not in self.node_of:
            return False
        at = self.locations[self.node_of[location_id]]
        return bool(np.isfinite(self._parcel_cost(self._lane([Group((line,))]), at)))

    def senders(self, line: OpenLine) -> frozenset[str]:
        """The locations that the rules let send a line, whatever they hold; the greedy solver goes by no rates."""
        if self.rules.solver == "greedy":
            return frozenset(at.location_id for at in self.allowed(line))
        lane = replace(self._lane([Group((line,))]), promised_date=None, in_time=frozenset())
        if lane not in self._senders:
            costs = self._parcel_costs(lane)
            self._senders[lane] = frozenset(
                at.location_id for at, cost in zip(self.locations, costs, strict=True) if np.isfinite(cost)
            )
        return self._senders[lane]

    @cached_property
    def _senders(self) -> dict[_Lane, frozenset[str]]:
        return {}

    def days_late(self, line: OpenLine, location_id: str) -> int | None:
        """Days after the line's promise that a parcel of it arrives from there, 0 for in time; None where nothing was
        promised, or what goes from there is no parcel of ours."""
        lane, at = self._lane([Group((line,))]), self.locations[self.node_of[location_id]]
        rate = None if lane.location_id is not None else self._rate(lane, at)
        return None if rate is None or lane.promised_date is None else self._days_late(rate.days, at, lane)

    def parcels_left(self, at: Location) -> int:
        """How many parcels a place still makes for a run: what it makes in a day less what it was told of that leaves
        on that day. Where what the run gives it leaves on two, as some goes with a wave that has come, the lesser."""
        most = self.rules.narrowest(self.rules.parcels_per_day, at.location_id, at.kind)
        if most is None:
            return UNLIMITED
        waves = self._calendars.get(at.location_id)
        days = {
            self._leaves[at.location_id, in_time] for in_time in (False, waves is not None and waves.open is not None)
        }
        made: Counter[date | None] = Counter()
        for (place, told_at), parcels in self.problem.told.items():
            if place == at.location_id:
                made[leaves_on(at, self.rules, told_at)] += parcels
        return max(most - max(made[day] for day in days), 0)

    @cached_property
    def _leaves(self) -> dict[tuple[str, bool], date | None]:
        """The day on which what this run gives a place leaves it, by place and whether it is in time for the wave that
        has come. What the place is told later leaves later."""
        found: dict[tuple[str, bool], date | None] = {}
        for at in self.locations:
            waves = self._calendars.get(at.location_id)
            found[at.location_id, True] = leaves_on(at, self.rules, self.terms.as_of)
            found[at.location_id, False] = leaves_on(at, self.rules, waves.next if waves else self.terms.as_of)
        return found

    def _table(self, rows: list[Floats]) -> Floats:
        return np.array(rows, dtype=float).reshape(len(rows), len(self.locations))

    def _lane(self, order: list[Group]) -> _Lane:
        lines = [line for group in order for line in group.lines]
        promised = min((line.promised_date for line in lines if line.promised_date), default=None)
        first, senders = lines[0], self.rules.sources.get(lines[0].channel_id)
        group = self.rules.customer_groups.get(first.customer_group or "")
        of_group = group.senders if group else None
        placed_at_us = max(line.placed_at_us for line in lines)
        in_time = frozenset(name for name, waves in self._calendars.items() if waves.due(placed_at_us) == waves.open)
        barred, method, handling = first.barred_location_ids, first.method, self._handling(first)
        where = (first.region, first.location_id)
        grams = self._limit(lines)
        return _Lane(*where, senders, of_group, barred, method, promised, handling, in_time, grams)

    def _limit(self, lines: list[OpenLine]) -> int | None:
        if not self._limits:
            return 0
        weighs = sum(line.qty_to_decide * self.problem.grams.get(line.sku, 0) for line in lines)
        return next((limit for limit in self._limits if weighs <= limit), None)

    @cached_property
    def _limits(self) -> list[int]:
        """The weights at which rates change."""
        return sorted({rate.up_to_grams for rate in self.rules.parcels if rate.up_to_grams is not None})

    def _item(self, group: Group) -> tuple[str, str | None]:
        """A SKU, and for whom something of it is kept somewhere, if these are."""
        kept_for = group.lines[0].kept_for
        return group.sku, kept_for if (group.sku, kept_for) in self._kept_for else None

    @cached_property
    def _kept_for(self) -> set[tuple[str, str]]:
        parts = self.problem.kept.items()
        return {(sku, name) for (sku, _), kept in parts for name, quantity in kept.items() if quantity}

    def _stock(self, items: list[tuple[str, str | None]], sku_of: dict[str, int]) -> tuple[Ints, Ints]:
        """What each item has to itself, and what all items of a SKU share, by node."""
        own = np.zeros((len(items), len(self.locations)), dtype=np.int64)
        common = np.zeros((len(sku_of), len(self.locations)), dtype=np.int64)
        rows_of: dict[str, list[int]] = {}
        for row, (sku, _) in enumerate(items):
            rows_of.setdefault(sku, []).append(row)
        for (sku, location_id), quantity in self.problem.qty_ats.items():
            if sku not in rows_of or location_id not in self.node_of:
                continue
            node = self.node_of[location_id]
            kept = self.problem.kept.get((sku, location_id), {})
            common[sku_of[sku], node] = quantity - sum(kept.values())
            for row in rows_of[sku]:
                own[row, node] = kept.get(items[row][1] or "", 0)
        return own, common

    def _unit_costs(self, sku: str) -> Floats:
        """Handling, markdown and scarcity: what a unit is missed more here than where it is missed least. What is
        missed is the parcel of a line, of which a unit bears a part."""
        missed, least = self._missed(sku)
        units = self.terms.worth[sku].line if sku in self.terms.worth else 1.0
        more = self.rules.scarcity_weight * np.maximum(missed - least, 0.0) / units
        return np.asarray(self._blind_costs(sku) + more, dtype=float)

    def _missed(self, sku: str) -> tuple[Floats, float]:
        """What a unit of a SKU is missed at each node, and at the one, of those that have it and ship orders, where it
        is missed least."""
        missed = np.array([self.terms.scarcity.get((sku, at.location_id), 0.0) for at in self.locations])
        there = self._there(sku)
        return missed, float(missed[there].min()) if there.any() else 0.0

    def _parcel_costs(self, lane: _Lane) -> Floats:
        return np.array([self._parcel_cost(lane, at) for at in self.locations])

    def _parcel_cost(self, lane: _Lane, at: Location) -> float:
        if lane.location_id is not None:
            # What the channel's own place hands over is no parcel of ours; it is the only place that can.
            return 0.0 if lane.location_id == at.location_id else np.inf
        rate = self._rate(lane, at) if self._is_allowed(lane, at) else None
        late_minor = float(self.rules.late_day_minor)
        return np.inf if rate is None else rate.minor + self._days_late(rate.days, at, lane) * late_minor

    def _is_allowed(self, lane: _Lane, at: Location) -> bool:
        """Whether a place may send on a lane, if somebody takes it there."""
        if lane.location_id is not None:
            return lane.location_id == at.location_id
        if at.location_id in lane.barred or not at.ships_orders or self._leaves[at.location_id, True] is None:
            return False
        goods = lane.handling or Handling(None, None)
        if goods.methods is not None and lane.method not in goods.methods:
            return False
        names = set(self.rules.names(at.location_id, at.kind))
        limits = (lane.senders, lane.of_group, self.rules.methods.get(lane.method), goods.senders)
        return all(limit is None or not names.isdisjoint(limit) for limit in limits)

    def _rate(self, lane: _Lane, at: Location) -> ParcelRate | None:
        names = self.rules.names(at.location_id, at.kind)
        return next((rate for rate in self.rules.parcels if self._fits(rate, names, at, lane)), None)

    def _fits(self, rate: ParcelRate, names: tuple[str, ...], at: Location, lane: _Lane) -> bool:
        if rate.methods is not None and lane.method not in rate.methods:
            return False
        if rate.up_to_grams is not None and (lane.grams is None or lane.grams > rate.up_to_grams):
            return False
        region = lane.region
        groups = self.rules.region_groups.get(rate.to, ())
        goes = rate.to == "*" or (region is not None and (rate.to == region or region in groups))
        return rate.sender in names and (goes or (rate.to == "same" and at.region == region))

    def _days_late(self, days: int, at: Location, lane: _Lane) -> int:
        leaves = self._leaves[at.location_id, at.location_id in lane.in_time]
        if lane.promised_date is None or leaves is None:
            return 0
        return max((leaves - lane.promised_date).days + days, 0)

    def _unfilled_costs(self, parcel_cost: Floats, unit_cost: Floats) -> Floats:
        """What leaving each group costs. A unit that was pre-sold is dearer to leave than any other order is to leave
        or to send."""
        costs = np.array([self._unfilled(group) for group in self.groups], dtype=float)
        if self.problem.pre_sold:
            order_of = np.repeat(np.arange(len(self.orders)), [len(order) for order in self.orders])
            dearest = sum(
                float(one[np.isfinite(one)].max(initial=0.0))
                for one in (np.bincount(order_of, costs), parcel_cost, unit_cost)
            )
            costs += dearest * np.array([self._pre_sold(group) for group in self.groups], dtype=float)
        return costs

    def _pre_sold(self, group: Group) -> int:
        ahead = [self.problem.pre_sold.get(line.order_line_id) for line in group.lines]
        return sum(one.quantity for one in ahead if one is not None)

    def _unfilled(self, group: Group) -> float:
        now = (self.terms.as_of - EPOCH).total_seconds() / 86_400
        # What leaving it marks down, too: no line is to wait because another place would have saved more.
        stays = self.markdowns.most(group.sku) * group.quantity
        return stays + sum(
            self.rules.unfilled.cost(line.qty_to_decide, line.priority, now - line.placed_at_us / _US_PER_DAY)
            for line in group.lines
        )

    def _of(self, values: Mapping[str, int], at: Location, default: int) -> int:
        found = self.rules.narrowest(values, at.location_id, at.kind)
        return default if found is None else found


def _groups(order: list[OpenLine]) -> list[Group]:
    order.sort(key=lambda line: (line.sku, line.priority, line.placed_at_us, line.order_line_id))
    return [Group(tuple(lines)) for _, lines in groupby(order, key=lambda line: line.sku)]


def _whole(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)
