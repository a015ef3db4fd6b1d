"""An allocation run: the rules' solver applied to a problem, and how good its answer is.

Belongs here: the choice of the solver, and that the optimiser's plan is never dearer than the greedy one.
Does not belong here: the solvers (`greedy`, `optimiser`), what costs mean (`costs`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from oms_core.allocation import greedy
from oms_core.allocation.costs import CostedProblem, Terms, withhold
from oms_core.allocation.decisions import Decision
from oms_core.allocation.explanation import Explanation
from oms_core.allocation.model import NOWHERE, Ints
from oms_core.allocation.optimiser import Effort, optimise
from oms_core.allocation.optimiser.commit import serve_waiting
from oms_core.allocation.problem import Problem
from oms_core.allocation.shipments import Shipments, fill_up


@dataclass(frozen=True)
class Allocation:
    """A run's decisions and their cost in minor units; None where the rules' rates or sources rule a shipment out.

    `bound_minor`: no plan costs less; None where none was sought.
    `greedy_minor`: what the greedy plan costs, None where it breaks a rule that only the optimiser keeps.
    """

    decisions: tuple[Decision, ...]
    cost_minor: float | None
    bound_minor: float | None
    greedy_minor: float | None
    parcels: int

    @property
    def gap(self) -> float | None:
        """How far the cost may be above the cheapest, as a share of the bound."""
        return None if not self.bound_minor or self.cost_minor is None else self.cost_minor / self.bound_minor - 1


def allocate(problem: Problem, terms: Terms, keep_going: Callable[[], bool] = lambda: True) -> Allocation:
    """Decide every open line by the rules: all of its quantity is allocated, backordered or held.

    `keep_going` says no once time is up: the best plan so far is then taken. Deterministic but for that: the order in
    which lines, supply or locations are given does not matter.
    """
    costed = CostedProblem(withhold(problem, terms.rules), terms)
    simple = greedy.allocate(costed.problem)
    plan = _of_decisions(costed, simple)
    allowed = plan.is_allowed(costed.model)
    greedy_minor = plan.cost(costed.model) if allowed else None
    if terms.rules.solver == "greedy":
        cost = _finite(plan.cost(costed.model))
        return Allocation(tuple(simple), cost, None, cost, len(plan.parcels(costed.model)))
    return _optimised(costed, plan if allowed else None, greedy_minor, keep_going)


def cost_of(problem: Problem, terms: Terms, decisions: Iterable[Decision]) -> float | None:
    """What decisions about the problem cost by the terms, in minor units; None where these rule a shipment out."""
    costed = CostedProblem(problem, terms)
    return _finite(_of_decisions(costed, decisions).cost(costed.model))


def _finite(cost: float) -> float | None:
    return cost if np.isfinite(cost) else None


def _optimised(
    costed: CostedProblem, simple: Shipments | None, greedy_minor: float | None, keep_going: Callable[[], bool]
) -> Allocation:
    model = costed.model
    start = None if simple is None else _whole_lines(costed, simple)
    found = optimise(model, Effort(improve_rounds=costed.rules.rounds), start, keep_going, lines_split=True)
    ranked = sorted(
        range(len(costed.groups)), key=lambda row: costed.rank_of[costed.groups[row].lines[0].order_line_id]
    )
    node, rest = found.node, model
    if costed.terms.scarcity and not costed.rules.hold_back_weight:
        # Orders to come say from where to send; they keep nothing from who waits now.
        rest = costed.blind_model
        node = serve_waiting(rest, node)
    plan = fill_up(rest, node, ranked)
    cost = plan.cost(model)
    if simple is not None and greedy_minor is not None and greedy_minor < cost:
        plan, cost = simple, greedy_minor
    decisions = Explanation(costed, plan).decisions()
    return Allocation(tuple(decisions), cost, found.bound, greedy_minor, len(plan.parcels(model)))


def _of_decisions(costed: CostedProblem, decisions: Iterable[Decision]) -> Shipments:
    row_of = {line.order_line_id: row for row, group in enumerate(costed.groups) for line in group.lines}
    units: dict[tuple[int, int], int] = {}
    for decision in decisions:
        if decision.decision == "allocated" and decision.location_id is not None:
            key = (row_of[decision.line.order_line_id], costed.node_of[decision.location_id])
            units[key] = units.get(key, 0) + decision.quantity
    return Shipments(units)


def _whole_lines(costed: CostedProblem, plan: Shipments) -> Ints:
    node = np.full(len(costed.groups), NOWHERE)
    for (line, at), units in plan.units.items():
        if units == costed.model.quantity[line]:
            node[line] = at
    return node
