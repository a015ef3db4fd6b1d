"""What places have not been told of yet, decided anew together with what has come since.

The problem grows by the lines that may move and by the stock that is reserved for them: keeping every line where it is
remains a plan of it. An order moves for a gain of its own, or to make room for one that has it.

Belongs here: which lines may move, the problem with them, and what of a cheaper plan is not worth a move. Does not
belong here: the search for a plan (`optimiser`), when places are told (`waves`), what is said (`explanation`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from oms_core.allocation.costed.costs import CostedProblem
from oms_core.allocation.costed.model import Model, Supply
from oms_core.allocation.costed.shipments import Part, Shipments, part_cost
from oms_core.allocation.stated.decisions import REPLACED
from oms_core.allocation.stated.keeping import withhold
from oms_core.allocation.stated.problem import EPOCH, Expiring, OpenLine, Problem, Unreleased
from oms_core.allocation.stated.terms import Terms


@dataclass(frozen=True)
class Joint:
    """A problem with what may move (`free`) among its lines, and what that is promised now in its supply."""

    costed: CostedProblem
    free: tuple[Unreleased, ...]


def without_forbidden(problem: Problem, terms: Terms) -> Problem:
    """The problem in which what a place has not been told of is open again where it may not send it any more: its
    channel states another region or method by now, or the rules are others."""
    costed = CostedProblem(replace(problem, lines=()), terms)
    ending = {one.order_line_id for one in problem.expiring}
    lost = tuple(
        one
        for one in problem.unreleased
        if one.release_due_at is not None
        and one.location_id in costed.node_of
        and one.line.order_line_id not in ending
        and one.line.location_id is None
        and problem.why_held(one.line) is None
        and one.location_id not in costed.senders(one.line)
    )
    ended = tuple(_ended(one) for one in lost)
    unreleased = tuple(one for one in problem.unreleased if one not in lost)
    return replace(with_movable(problem, lost), expiring=(*problem.expiring, *ended), unreleased=unreleased)


def _ended(one: Unreleased) -> Expiring:
    line, place, units = one.line, one.location_id, one.quantity
    return Expiring(line.order_line_id, place, units, None, REPLACED, line, units, one.release_due_at)


def movable(problem: Problem, terms: Terms) -> tuple[Unreleased, ...]:
    """What of the unreleased a run may decide anew: no lock holds it, and the rules would still send it from there."""
    if terms.rules.solver != "optimise" or not problem.unreleased:
        return ()
    ending = {one.order_line_id for one in problem.expiring}
    costed = CostedProblem(replace(problem, lines=()), terms)
    today = {at.location_id: terms.as_of.astimezone(ZoneInfo(at.timezone)).date() for at in problem.locations}
    return tuple(
        one
        for one in problem.unreleased
        if one.location_id in today
        and not _is_locked(one, terms, today[one.location_id])
        and one.line.order_line_id not in ending
        and one.line.location_id is None
        and problem.why_held(one.line) is None
        and costed.may_send(one.line, one.location_id)
    )


def _is_locked(one: Unreleased, terms: Terms, today: date) -> bool:
    rules, line = terms.rules.reoptimise, one.line
    placed_at = EPOCH + timedelta(microseconds=line.placed_at_us)
    return (
        one.release_due_at is None
        or (rules.lock_hours > 0 and one.release_due_at - terms.as_of <= timedelta(hours=rules.lock_hours))
        or (line.promised_date is not None and (line.promised_date - today).days <= rules.lock_days)
        or terms.as_of - placed_at >= timedelta(days=rules.settled_days)
        # Whole or from one place: what one line does, all of its order would have to.
        or line.channel_id in terms.rules.ship_complete | terms.rules.keep_together
    )


def with_movable(problem: Problem, free: Iterable[Unreleased]) -> Problem:
    """The problem in which those are open again, and what is reserved for them is there for all; where something is
    kept for their channel, for that alone: what is promised to it has been counted as had of its part."""
    lines = {line.order_line_id: line for line in problem.lines}
    supply = dict(problem.qty_ats)
    kept = {place: dict(parts) for place, parts in problem.kept.items()}
    for one in free:
        known, place = lines.get(one.line.order_line_id), (one.line.sku, one.location_id)
        lines[one.line.order_line_id] = _more(known, one) if known else one.line
        supply[place] = supply.get(place, 0) + one.quantity
        parts = kept.get(place, {})
        if one.line.kept_for in parts:
            parts[one.line.kept_for] += one.quantity
    return replace(problem, lines=tuple(lines.values()), qty_ats=supply, kept=kept)


def _more(line: OpenLine, one: Unreleased) -> OpenLine:
    return replace(line, qty_to_decide=line.qty_to_decide + one.quantity)


def join(problem: Problem, terms: Terms, free: tuple[Unreleased, ...]) -> Joint:
    """The joint problem, costed. Parcels that places are promised already have their room in it."""
    return Joint(CostedProblem(with_movable(withhold(problem, terms.rules), free), terms, free), free)


def settle(joint: Joint, kept: Shipments, plan: Shipments) -> Shipments:
    """The plan, but orders go back where they were if that is possible and costs no more than a move is to gain.

    What orders to come would lose does not count here: what is promised is not taken back for who has not ordered.
    """
    costed, model = joint.costed, joint.costed.open_model
    least, left = costed.rules.reoptimise.gain_minor, plan.left(model)
    parts, before = _by_order(model, plan), _by_order(model, kept)
    row_of = {line.order_line_id: row for row, group in enumerate(costed.groups) for line in group.lines}
    for order in sorted({int(model.order_of_line[row_of[one.line.order_line_id]]) for one in joint.free}):
        now, then = parts.get(order, {}), before.get(order, {})
        if now == then or part_cost(model, order, then) - part_cost(model, order, now) > least:
            continue
        _move(model, left, now, -1)
        _move(model, left, then, 1)
        if _is_enough(model, left, then):
            parts[order] = then
        else:
            _move(model, left, then, -1)
            _move(model, left, now, 1)
    return Shipments({key: units for part in parts.values() for key, units in part.items()})


def _by_order(model: Model, plan: Shipments) -> dict[int, Part]:
    parts: dict[int, Part] = {}
    for (line, node), units in plan.units.items():
        parts.setdefault(int(model.order_of_line[line]), {})[line, node] = units
    return parts


def _move(model: Model, left: Supply, part: Part, sign: int) -> None:
    for (line, node), units in part.items():
        left.taken[model.item[line], node] += sign * units
    for node in {node for _, node in part}:
        left.parcels[node] -= sign


def _is_enough(model: Model, left: Supply, part: Part) -> bool:
    """Whether nothing that the part asks for has run out."""
    for line, node in part:
        items = np.flatnonzero(model.sku == model.sku[model.item[line]])
        beyond = np.maximum(left.taken[items, node] - model.own[items, node], 0).sum()
        if beyond > model.common[model.sku[model.item[line]], node] or left.parcels[node] < 0:
            return False
    return True
