"""What a plan comes to: parcels and units by place against what a place makes, and what arrives after its promise.

Belongs here: figures of decisions by the rules that they were made by. Does not belong here: their cost (`sourcing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oms_core.allocation.costed.costs import CostedProblem
from oms_core.allocation.stated.decisions import Decision
from oms_core.allocation.stated.problem import Problem
from oms_core.allocation.stated.terms import Terms


@dataclass(frozen=True, slots=True)
class PlaceUse:
    """What a place is to send: `parcels` (orders), of at most `limit` a day (None: any number), `lines`, `units`."""

    location_id: str
    parcels: int
    limit: int | None
    lines: int
    units: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan by place, in order of place; and the order lines that arrive late, with the days of all of them."""

    places: tuple[PlaceUse, ...]
    lines_late: int
    days_late: int


def outcome(problem: Problem, terms: Terms, decisions: Iterable[Decision]) -> Outcome:
    """What the decisions come to. A line from several places is as late as its latest parcel."""
    sent = [one for one in decisions if one.decision == "allocated" and one.location_id is not None]
    late: dict[str, int] = {}
    costed = CostedProblem(problem, terms)
    for one in sent:
        days = costed.days_late(one.line, one.location_id or "") or 0
        late[one.line.order_line_id] = max(days, late.get(one.line.order_line_id, 0))
    kinds = {at.location_id: at.kind for at in problem.locations}
    return Outcome(
        tuple(_use(name, [one for one in sent if one.location_id == name], terms, kinds) for name in sorted(kinds)),
        sum(days > 0 for days in late.values()),
        sum(late.values()),
    )


def _use(location_id: str, sent: list[Decision], terms: Terms, kinds: dict[str, str]) -> PlaceUse:
    return PlaceUse(
        location_id,
        len({(one.line.channel_id, one.line.order_ref) for one in sent}),
        terms.rules.narrowest(terms.rules.parcels_per_day, location_id, kinds[location_id]),
        len({one.line.order_line_id for one in sent}),
        sum(one.quantity for one in sent),
    )
