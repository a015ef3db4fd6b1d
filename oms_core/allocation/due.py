"""Who was sold something ahead of supply and finds it here: pre-sold lines are served before all others.

Belongs here: which of them a run can serve, and what its allocation says of it. Does not belong here: who is pre-sold
(`pegging`), what makes a line dear to leave (`costs`), in which order lines are served (`problem`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from oms_core.allocation.costs import CostedProblem, withhold
from oms_core.allocation.decisions import Decision
from oms_core.allocation.problem import OpenLine, PreSold, Problem
from oms_core.allocation.terms import Terms


def only_due(problem: Problem, terms: Terms) -> Problem:
    """The problem in which those lines are pre-sold that find units here, when who was promised the earlier day takes
    his first. What is kept for other channels, or lies where nobody may send a line from, is not a line's to take."""
    if not problem.pre_sold:
        return problem
    there = withhold(problem, terms.rules)
    senders = CostedProblem(replace(there, lines=()), terms).senders
    taken: Counter[tuple[str, str]] = Counter()
    due = {}
    for line in _by_day(problem):
        ahead = problem.pre_sold[line.order_line_id]
        wanted = min(ahead.quantity, line.qty_to_decide)
        for place in sorted(senders(line)) if problem.why_held(line) is None else ():
            units = max(min(_open_to(there, line, place) - taken[line.sku, place], wanted), 0)
            taken[line.sku, place] += units
            wanted -= units
        if wanted < min(ahead.quantity, line.qty_to_decide):
            due[line.order_line_id] = ahead
    return replace(problem, pre_sold=due)


def _by_day(problem: Problem) -> list[OpenLine]:
    ahead = problem.pre_sold
    lines = [line for line in problem.ranked if line.order_line_id in ahead]
    return sorted(lines, key=lambda line: ahead[line.order_line_id].day)


def _open_to(problem: Problem, line: OpenLine, place: str) -> int:
    kept = problem.kept.get((line.sku, place), {})
    others = sum(kept.values()) - kept.get(line.channel_id, 0)
    return problem.qty_ats.get((line.sku, place), 0) - others


def with_promises(decisions: Iterable[Decision], pre_sold: Mapping[str, PreSold]) -> list[Decision]:
    """The decisions; what is allocated of pre-sold lines says so."""
    return [
        replace(one, reason=f"{one.reason} It was sold ahead of supply, for {pre_sold[one.line.order_line_id].day}.")
        if one.decision == "allocated" and one.line.order_line_id in pre_sold
        else one
        for one in decisions
    ]
