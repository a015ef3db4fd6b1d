"""Who was sold something ahead of supply and finds it here: pre-sold lines are served before all others, and what is
here of one that is held is set aside until it is not.

Belongs here: which of them a run can serve, what it leaves for whom, and what its allocation says of it. Does not
belong here: who is pre-sold (`pegging`), what makes a line dear to leave (`costs`), in which order lines are served
(`problem`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from oms_core.allocation.costed.costs import CostedProblem
from oms_core.allocation.stated.decisions import Decision
from oms_core.allocation.stated.keeping import withhold
from oms_core.allocation.stated.problem import OpenLine, PreSold, Problem
from oms_core.allocation.stated.terms import Terms


def only_due(problem: Problem, terms: Terms) -> Problem:
    """The problem in which those lines are pre-sold that find units here, when who was promised the earlier day takes
    his first; what held ones find is set aside for them, and no supply any more. What is kept for other channels, or
    lies where nobody may send a line from, is not a line's to take."""
    if not problem.pre_sold:
        return problem
    there = withhold(problem, terms.rules)
    senders = CostedProblem(replace(there, lines=()), terms).senders
    taken: Counter[tuple[str, str]] = Counter()
    due, aside = {}, {}
    for line in _by_day(problem):
        ahead = problem.pre_sold[line.order_line_id]
        found = _find(there, line, min(ahead.quantity, line.qty_to_decide), sorted(senders(line)), taken)
        if problem.why_held(line) is not None:
            aside.update({(line, place): units for place, units in found.items()})
        elif found:
            due[line.order_line_id] = ahead
    return _set_aside(replace(problem, pre_sold=due), aside)


def _find(
    there: Problem, line: OpenLine, wanted: int, places: Iterable[str], taken: Counter[tuple[str, str]]
) -> dict[str, int]:
    """Units that a line finds, by place, beyond those that others have `taken`."""
    found = {}
    for place in places:
        units = max(min(_open_to(there, line, place) - taken[line.sku, place], wanted), 0)
        if units:
            found[place] = units
            taken[line.sku, place] += units
            wanted -= units
    return found


def _set_aside(problem: Problem, aside: Mapping[tuple[OpenLine, str], int]) -> Problem:
    """The problem without those units: of what is kept for nobody first."""
    supply = dict(problem.qty_ats)
    kept = {place: dict(parts) for place, parts in problem.kept.items()}
    for (line, location_id), units in aside.items():
        place = (line.sku, location_id)
        own = kept.get(place, {})
        supply[place] -= units
        if (over := sum(own.values()) - supply[place]) > 0:
            own[line.kept_for] -= over
    units_of = {(line.order_line_id, place): units for (line, place), units in aside.items()}
    return replace(problem, qty_ats=supply, kept=kept, aside=units_of)


def _by_day(problem: Problem) -> list[OpenLine]:
    ahead = problem.pre_sold
    lines = [line for line in problem.ranked if line.order_line_id in ahead]
    return sorted(lines, key=lambda line: ahead[line.order_line_id].day)


def _open_to(problem: Problem, line: OpenLine, place: str) -> int:
    kept = problem.kept.get((line.sku, place), {})
    others = sum(kept.values()) - kept.get(line.kept_for, 0)
    return problem.qty_ats.get((line.sku, place), 0) - others


def with_promises(decisions: Iterable[Decision], pre_sold: Mapping[str, PreSold]) -> list[Decision]:
    """The decisions; what is allocated of pre-sold lines says so."""
    return [
        replace(one, reason=f"{one.reason} It was sold ahead of supply, for {pre_sold[one.line.order_line_id].day}.")
        if one.decision == "allocated" and one.line.order_line_id in pre_sold
        else one
        for one in decisions
    ]
