"""What binds the lines of an order to each other, beyond what the solvers' numbers say.

An order that ships whole waits while anything of it is held, and its parts that go by other ways (another method, a
place that was chosen for one line, or that the desk bars one from) ship together or not at all. One that goes from one
place goes from none that the desk bars any line of it from.

Belongs here: this, before a plan is sought and after. Does not belong here: the plan (`optimiser`, `greedy`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from oms_core.allocation.costed.costs import CostedProblem
from oms_core.allocation.costed.model import Model
from oms_core.allocation.costed.shipments import Shipments
from oms_core.allocation.stated.problem import OpenLine, Problem
from oms_core.allocation.stated.rules import Rules
from oms_core.arrays import Floats, Ints

#: A channel and the number of its order.
OrderKey = tuple[str, str]


def bound(problem: Problem, rules: Rules) -> Problem:
    """The problem in which orders that ship whole are held by what is held of them, and those that go together are
    barred from where one of their lines is."""
    held_by: dict[OrderKey, str] = {}
    barred: dict[OrderKey, set[str]] = defaultdict(set)
    for line in (*problem.lines, *(one.line for one in problem.unreleased)):
        if line.channel_id in rules.ship_complete and problem.why_held(line) is not None:
            held_by[_order(line)] = min(line.line_ref, held_by.get(_order(line), line.line_ref))
        if line.channel_id in rules.keep_together:
            barred[_order(line)] |= set(line.barred_location_ids)
    lines = tuple(
        replace(line, barred_location_ids=tuple(sorted(barred[_order(line)])))
        if line.location_id is None and line.channel_id in rules.keep_together
        else line
        for line in problem.lines
    )
    waits_with = {line.order_line_id: held_by[_order(line)] for line in lines if _order(line) in held_by}
    return replace(problem, lines=lines, waits_with=waits_with)


def only_whole(costed: CostedProblem, plan: Shipments) -> Shipments:
    """The plan without the parts of orders that ship whole of which another part waits."""
    stay = _parted(costed, plan)
    if not stay:
        return plan
    return Shipments(
        {key: units for key, units in plan.units.items() if costed.model.order_of_line[key[0]] not in stay}
    )


def made_whole(costed: CostedProblem, plan: Shipments) -> list[Model]:
    """Where a plan sends a part of an order that ships whole and leaves another: the problem in which that is as dear
    to leave as all of the order, and the one in which nothing of the order is sent. A plan of either is one of the
    problem's own."""
    stay = sorted(_parted(costed, plan))
    if not stay:
        return []
    model, orders = costed.model, np.array(stay)
    nobody = np.full((1, model.nodes), np.inf)
    lane = model.lane.copy()
    lane[orders] = len(model.parcel_cost)
    return [
        replace(model, unfilled_cost=_as_dear_as_all(costed, orders)),
        replace(model, lane=lane, parcel_cost=np.concatenate([model.parcel_cost, nobody])),
    ]


def _as_dear_as_all(costed: CostedProblem, orders: Ints) -> Floats:
    """What lines cost to leave, those of these parts in the measure of all parts of their order."""
    model = costed.model
    of_part = np.bincount(model.order_of_line, model.unfilled_cost, model.orders)
    of_order: dict[OrderKey, float] = defaultdict(float)
    keys = {part: _order(costed.orders[part][0].lines[0]) for part in orders.tolist()}
    for part, key in keys.items():
        of_order[key] += of_part[part]
    times = np.ones(model.orders)
    for part, key in keys.items():
        times[part] = of_order[key] / of_part[part] if of_part[part] else 1.0
    return np.asarray(model.unfilled_cost * times[model.order_of_line])


def _parted(costed: CostedProblem, plan: Shipments) -> set[int]:
    """The parts of orders that ship whole of which some are sent and others wait."""
    parts: dict[OrderKey, list[int]] = defaultdict(list)
    for order, groups in enumerate(costed.orders):
        if groups[0].lines[0].channel_id in costed.rules.ship_complete:
            parts[_order(groups[0].lines[0])].append(order)
    sent = {int(costed.model.order_of_line[line]) for line, _ in plan.units}
    return {
        order for several in parts.values() if sent & set(several) and not sent.issuperset(several) for order in several
    }


def _order(line: OpenLine) -> OrderKey:
    return line.channel_id, line.order_ref
