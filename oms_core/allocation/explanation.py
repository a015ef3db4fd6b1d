"""What is said about a plan: every line's decision, what it costs, what the next best place would have cost, and why.

Belongs here: the sentences and figures of costed plans. Does not belong here: the decisions' table (`decisions`), the
greedy solver's sentences (`greedy`). Costs are in minor units, and in units of the rules' currency in sentences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from oms_core.allocation.costed.costs import CostedProblem, Group
from oms_core.allocation.costed.shipments import Shipments
from oms_core.allocation.stated.decisions import Decision, expiry, replacement
from oms_core.allocation.stated.problem import PICKED_UP, OpenLine, Unreleased
from oms_core.arrays import Bools, Floats
from oms_core.money import money, written

#: How a method of delivery is said; shipping goes without saying.
_BY_METHOD = {
    "pickup": " to be picked up there",
    "reserve": " reserved there for the customer",
    "ship_from_store": " from the store",
    "drop_ship": " as a drop-ship",
}


@dataclass(frozen=True, slots=True)
class _Offer:
    """Another node for what one ships of a line, and what it would have cost from there."""

    node: int
    cost: float


class Explanation:
    """The decisions of a plan. `shipments` is of `costed.model`.

    `before`: what of it is promised already; only what changes is a decision. `gained`: by how much less it all costs.
    """

    def __init__(
        self, costed: CostedProblem, shipments: Shipments, before: Iterable[Unreleased] = (), gained: float = 0.0
    ) -> None:
        self._costed, self._model, self._gained = costed, costed.model, gained
        self._before: dict[str, dict[int, Unreleased]] = {}
        for one in before:
            self._before.setdefault(one.line.order_line_id, {})[costed.node_of[one.location_id]] = one
        unused = shipments.left(self._model)
        self._unused, self._unused_parcels = unused.available, unused.parcels
        self._parcels = np.bincount(
            [order for order, _ in shipments.parcels(self._model)], minlength=self._model.orders
        )
        self._left = dict(costed.problem.qty_ats)
        self._by_line: dict[int, list[tuple[int, int]]] = {}
        for (line, node), units in sorted(shipments.units.items()):
            self._by_line.setdefault(line, []).append((node, units))
        self._parts = {
            line.order_line_id: (row, shipped)
            for row, group in enumerate(costed.groups)
            for line, shipped in _share_out(group, self._by_line.get(row, []), self._before)
        }
        #: Order lines in each parcel, by order and node: those bear what it costs.
        self._sharing = Counter(
            (int(self._model.order_of_line[row]), node) for row, shipped in self._parts.values() for node, _ in shipped
        )

    def decisions(self) -> list[Decision]:
        """One decision or more a line, in the order in which lines are served."""
        for order_line_id, places in self._before.items():
            for node, one in places.items():
                self._left[one.line.sku, one.location_id] -= _kept(one, node, self._parts[order_line_id][1])
        return [decision for line in self._costed.problem.ranked for decision in self._decide(line)]

    def _decide(self, line: OpenLine) -> Iterator[Decision]:
        rank = self._costed.rank_of[line.order_line_id]
        for reservation in self._costed.problem.expiring_of(line):
            yield from expiry(line, rank, reservation)
        held = self._costed.problem.why_held(line)
        if held:
            yield Decision(line, "held", line.qty_to_decide, *held, rank)
            return
        row, shipped = self._parts[line.order_line_id]
        before = self._before.get(line.order_line_id, {})
        lost = [(one, one.quantity - _kept(one, node, shipped)) for node, one in before.items()]
        moved = [(one, units) for one, units in lost if units]
        for one, units in moved:
            yield replacement(line, rank, one, units, self._money(self._gained))
        for decision in self._fresh(line, row, shipped, before, rank):
            was = "".join(f" Before, {units} of it were to come from {one.location_id}." for one, units in moved)
            yield replace(decision, reason=decision.reason + was) if moved else decision

    def _fresh(
        self, line: OpenLine, row: int, shipped: list[tuple[int, int]], before: Mapping[int, Unreleased], rank: int
    ) -> Iterator[Decision]:
        """What of a line is decided beyond what stays where it was."""
        for node, units in shipped:
            fresh = units - _kept(before[node], node, shipped) if node in before else units
            if fresh:
                yield self._allocated(line, row, node, fresh, rank)
        waiting = line.qty_to_decide - sum(units for _, units in shipped)
        if waiting:
            yield self._backordered(line, row, waiting, rank)

    def _allocated(self, line: OpenLine, row: int, node: int, units: int, rank: int) -> Decision:
        place = self._costed.locations[node].location_id
        before = self._left[line.sku, place]
        self._left[line.sku, place] = before - units
        order = int(self._model.order_of_line[row])
        parcel = self._model.parcel_cost[self._model.lane[order], node] / self._sharing[order, node]
        handling = units * self._costed.handling[node]
        markdown = units * self._costed.markdowns.elsewhere(line.sku, node)
        scarce = units * self._model.unit_cost[self._model.item[row], node] - handling - markdown
        scarce += self._costed.taking.cost[row] * units / self._model.quantity[row]
        cost = parcel + handling + scarce + markdown
        other = self._alternative(row, node, units, cost)
        code, why = self._why(row, node, other, cost)
        terms = f"parcel {self._amount(parcel)}, handling {self._amount(handling)}, scarcity {self._amount(scarce)}"
        does = "keeps" if line.method in PICKED_UP else "ships"
        terms += f", markdown elsewhere {self._amount(markdown)}" if markdown else ""
        what = f"{units} of {line.qty_to_decide} units{_BY_METHOD.get(line.method, '')}"
        reason = f"{place} {does} {what} for {self._money(cost)} ({terms}){why}."
        return Decision(
            line, "allocated", units, code, reason, rank, place, before, round(cost),
            None if other is None else self._costed.locations[other.node].location_id,
            None if other is None else round(other.cost),
        )  # fmt: skip

    def _amount(self, minor: float) -> str:
        return written(minor, self._costed.rules.currency)

    def _money(self, minor: float) -> str:
        return money(minor, self._costed.rules.currency)

    def _alternative(self, row: int, node: int, units: int, cost: float) -> _Offer | None:
        """The cheapest other node that held as many units when the run began, beside what it ships of the line, were
        these alone sent from there; none where the order has to go from one."""
        if self._goes_together(row, node):
            return None
        extra = self._extra_costs(row, node, units)
        here, extra[node] = float(extra[node]), np.inf
        item = self._model.item[row]
        held = self._model.own[item] + self._model.common[self._model.sku[item]]
        for sender, shipped in self._by_line[row]:
            held[sender] -= shipped
        extra[held < units] = np.inf
        best = int(extra.argmin())
        return _Offer(best, cost + float(extra[best]) - here) if np.isfinite(extra[best]) else None

    def _extra_costs(self, row: int, node: int, units: int) -> Floats:
        """What the units add to the order's cost at each node: a parcel only where none goes for other lines; infinite
        where the node makes none."""
        order = int(self._model.order_of_line[row])
        parcel = np.where(self._model.parcels > 0, self._model.parcel_cost[self._model.lane[order]], np.inf)
        for sender in range(self._model.nodes):
            if self._sharing.get((order, sender), 0) > (sender == node):
                parcel[sender] = 0.0
        return np.asarray(parcel + units * self._model.unit_cost[self._model.item[row]])

    def _goes_together(self, row: int, node: int) -> bool:
        """Whether other lines of the order bind the line to the node."""
        order = int(self._model.order_of_line[row])
        return bool(self._model.is_together[order]) and self._sharing[order, node] > 1

    def _why(self, row: int, node: int, other: _Offer | None, cost: float) -> tuple[str, str]:
        order = int(self._model.order_of_line[row])
        first = self._costed.groups[row].lines[0]
        if first.location_id is not None:
            desk = first.is_assigned_by_desk
            return (
                ("desk_choice", "; the order desk chose it") if desk else ("channel_choice", "; the channel chose it")
            )
        split = len(self._by_line[row]) > 1
        parcels = int(self._parcels[order])
        several = f"; the order goes in {parcels} parcels, as that was the cheapest" if parcels > 1 else ""
        if split:
            return "split_line", f"; no one place had all {self._costed.groups[row].quantity} left{several}"
        if self._goes_together(row, node):
            return "shared_parcel", "; the order goes from one place"
        if other is None:
            return "only_place", f"; no other that may send had as many{several}"
        name = self._costed.locations[other.node].location_id
        if other.cost < cost - 0.5:
            why = f"; {name} would cost {self._amount(other.cost)}, but serves others that would lose more"
            return "next_cheapest", why + several
        if self._sharing[order, node] > 1:
            return "shared_parcel", f"; {name} would cost {self._amount(other.cost)}{several}"
        return "cheapest", f"; {name}, the next best, would cost {self._amount(other.cost)}{several}"

    def _backordered(self, line: OpenLine, row: int, waiting: int, rank: int) -> Decision:
        code, why = self._why_it_waits(line, row, waiting)
        text = f"{waiting} of {line.qty_to_decide} units wait: {why}."
        return Decision(line, "backordered", waiting, code, text, rank)

    def _why_it_waits(self, line: OpenLine, row: int, waiting: int) -> tuple[str, str]:
        had, kept = self._had(row)
        if had == 0 and kept:
            return "kept_for_other_channels", f"what there is of {line.sku} is kept for other channels ({kept} units)"
        if had == 0:
            return "no_stock", f"no place that may send has {line.sku} available to sell"
        if self._could_send(row).any():
            return self._why_not_sent(row, waiting)
        if waiting < line.qty_to_decide or had < line.qty_to_decide:
            return "stock_short", f"{had} of {line.sku} were available to sell"
        return "given_to_others", f"the {had} units of {line.sku} available to sell went to lines dearer to leave"

    def _could_send(self, row: int) -> Bools:
        """Nodes that may send the line and have units of it left when all is decided."""
        may_send = np.isfinite(self._model.parcel_cost[self._model.lane[self._model.order_of_line[row]]])
        return np.asarray(may_send & (self._unused[self._model.item[row]] > 0))

    def _why_not_sent(self, row: int, waiting: int) -> tuple[str, str]:
        model, order = self._model, int(self._model.order_of_line[row])
        places = ", ".join(self._costed.locations[node].location_id for node in np.flatnonzero(self._could_send(row)))
        if model.is_whole[order]:
            return "order_ships_whole", f"{places} could send some, but the order ships whole or not at all"
        if model.is_together[order]:
            return "order_keeps_together", f"{places} could send some, but the order goes from one place"
        sends = [(order, node) in self._sharing for node in range(model.nodes)]
        if not (self._could_send(row) & (sends | (self._unused_parcels > 0))).any():
            return "no_parcel_left", f"{places} could send some, but makes no more parcels that day"
        worth = (model.unfilled_cost[row] + self._costed.taking.cost[row]) * waiting / model.quantity[row]
        lost = model.unit_cost[model.item[row]] > self._costed.blind_model.unit_cost[model.item[row]]
        is_held_back = (
            self._costed.taking.cost[row] > 0
            or model.most[row] < model.quantity[row]
            or (self._costed.rules.hold_back_weight and lost[self._could_send(row)].all())
        )
        wanted = ", as orders to come want them" if is_held_back else ""
        text = f"{places} could send some, but that costs more than leaving them ({self._money(worth)}){wanted}"
        return "dearer_than_waiting", text

    def _had(self, row: int) -> tuple[int, int]:
        """What nodes that may send the line had for it when the run began, and what they kept for other channels."""
        model, item = self._model, self._model.item[row]
        may_send = np.isfinite(model.parcel_cost[model.lane[model.order_of_line[row]]])
        mine = model.own[item] + model.common[model.sku[item]]
        return int(mine[may_send].sum()), int(self._kept_for_others(row, may_send))

    def _kept_for_others(self, row: int, may_send: Bools) -> int:
        group = self._costed.groups[row]
        places = [at.location_id for at, may in zip(self._costed.locations, may_send, strict=True) if may]
        kept = [self._costed.problem.kept.get((group.sku, place), {}) for place in places]
        return sum(sum(parts.values()) - parts.get(group.lines[0].kept_for, 0) for parts in kept)


def _kept(one: Unreleased, node: int, shipped: list[tuple[int, int]]) -> int:
    """How much of what is promised at a node stays there."""
    return min(one.quantity, dict(shipped).get(node, 0))


def _share_out(
    group: Group, shipped: list[tuple[int, int]], before: Mapping[str, Mapping[int, Unreleased]]
) -> Iterator[tuple[OpenLine, list[tuple[int, int]]]]:
    """What each of a group's lines gets of what is shipped of it: what it had there, then the first line first."""
    left = dict(shipped)
    had: dict[str, dict[int, int]] = {}
    for line in group.lines if before else ():
        stays = had[line.order_line_id] = {}
        for node, one in before.get(line.order_line_id, {}).items():
            stays[node] = min(one.quantity, left.get(node, 0))
            left[node] = left.get(node, 0) - stays[node]
    for line in group.lines:
        parts = had.get(line.order_line_id, {})
        wanted = line.qty_to_decide - sum(parts.values())
        for node in left:
            units = min(wanted, left[node])
            parts[node] = parts.get(node, 0) + units
            left[node] -= units
            wanted -= units
        yield line, [(node, units) for node, units in sorted(parts.items()) if units]
