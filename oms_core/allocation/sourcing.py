"""An allocation run: the rules' solver applied to a problem, and how good its answer is.

Belongs here: the choice of the solver, that the optimiser's plan is never dearer than the greedy one, and deciding anew
never dearer than not. Does not belong here: the solvers (`greedy`, `optimiser`), what costs mean (`costs`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from oms_core.allocation.costed.binding import bound, made_whole, only_whole
from oms_core.allocation.costed.costs import CostedProblem, OrderKey
from oms_core.allocation.costed.model import NOWHERE, Model
from oms_core.allocation.costed.shipments import Shipments
from oms_core.allocation.explanation import Explanation
from oms_core.allocation.promises.due import only_due, with_promises
from oms_core.allocation.promises.reoptimise import Joint, join, movable, settle, with_movable, without_forbidden
from oms_core.allocation.solvers import greedy
from oms_core.allocation.solvers.filling import fill_up
from oms_core.allocation.solvers.optimiser import Effort, optimise
from oms_core.allocation.solvers.optimiser.commit import DUST, serve_waiting
from oms_core.allocation.solvers.optimiser.units import solve_units
from oms_core.allocation.stated.decisions import REPLACED, Decision
from oms_core.allocation.stated.groups import with_groups
from oms_core.allocation.stated.keeping import withhold
from oms_core.allocation.stated.problem import Problem, Unreleased
from oms_core.allocation.stated.terms import Terms
from oms_core.allocation.stated.waves import with_waves
from oms_core.arrays import Ints

#: Lines times places up to which a problem is decided as one, in units: some seconds of a processor.
_SMALL = 5_000


@dataclass(frozen=True)
class Allocation:
    """A run's decisions and their cost in minor units; None where the rules' rates or sources rule a shipment out.

    `bound_minor`: no plan costs less; None where none was sought.
    `greedy_minor`: what the greedy plan costs, None where it breaks a rule that only the optimiser keeps, or where
    lines that were promised before were decided anew: `reopened` many. Costs then count these, too, and `kept_minor` is
    what it would cost had none been moved.
    """

    decisions: tuple[Decision, ...]
    cost_minor: float | None
    bound_minor: float | None
    greedy_minor: float | None
    parcels: int
    reopened: int = 0
    kept_minor: float | None = None

    @property
    def gap(self) -> float | None:
        """How far the cost may be above the cheapest, as a share of the bound."""
        return None if not self.bound_minor or self.cost_minor is None else self.cost_minor / self.bound_minor - 1

    @property
    def moved(self) -> int:
        """Lines that are no longer promised, or not wholly, where they were."""
        return len({one.line.order_line_id for one in self.decisions if one.reason_code == REPLACED})


def allocate(problem: Problem, terms: Terms, seconds_left: Callable[[], float] = lambda: math.inf) -> Allocation:
    """Decide every open line by the rules: all of its quantity is allocated, backordered or held.

    Then what places have not been told of is decided anew together with them, where that is cheaper by enough.
    Once there are no `seconds_left`, the best plan so far is taken. Deterministic but for that: the order in which
    lines, supply or locations are given does not matter.
    """
    pre_sold = problem.pre_sold
    problem = prepared(problem, terms)
    found = _decide_open(problem, terms, seconds_left)
    if free := movable(problem, terms):
        found = _decide_anew(join(problem, terms, free), found, seconds_left)
    decisions = with_promises(found.decisions, pre_sold)
    return replace(found, decisions=tuple(with_waves(decisions, problem.locations, terms)))


def prepared(problem: Problem, terms: Terms) -> Problem:
    """The problem as it is decided: groups of customers, what binds lines to each other, and who was pre-sold what."""
    known = with_groups(problem, terms.rules)
    return only_due(bound(without_forbidden(known, terms), terms.rules), terms)


def _decide_open(problem: Problem, terms: Terms, seconds_left: Callable[[], float]) -> Allocation:
    costed = CostedProblem(withhold(problem, terms.rules), terms)
    simple = greedy.allocate(costed)
    plan = _of_decisions(costed, simple)
    allowed = plan.is_allowed(costed.model) and only_whole(costed, plan) == plan
    greedy_minor = _cost(costed, plan) if allowed else None
    if terms.rules.solver == "greedy":
        cost = _finite(_cost(costed, plan))
        return Allocation(tuple(simple), cost, None, cost, len(plan.parcels(costed.model)))
    found, least = _search(costed, plan if allowed else None, seconds_left)
    decisions = tuple(Explanation(costed, found).decisions())
    cost = _cost(costed, found)
    return Allocation(decisions, cost, least, greedy_minor, len(found.parcels(costed.model)))


def _decide_anew(joint: Joint, kept: Allocation, seconds_left: Callable[[], float]) -> Allocation:
    """What is decided when nothing moves, or a plan of all that gains more than moving is to."""
    costed, model = joint.costed, joint.costed.model
    plan = keep = _of_decisions(costed, kept.decisions, joint.free)
    found, least = _search(costed, keep, seconds_left)
    settled = settle(joint, keep, found)
    gained = keep.cost(model) - settled.cost(model)
    decisions = kept.decisions
    if gained > costed.rules.reoptimise.gain_minor:
        plan, decisions = settled, tuple(Explanation(costed, settled, joint.free, gained).decisions())
    reopened = len({one.line.order_line_id for one in joint.free})
    figures = (_cost(costed, plan), least, None, len(plan.parcels(model)), reopened)
    return Allocation(decisions, *figures, _cost(costed, keep))


def cost_of(problem: Problem, terms: Terms, decisions: Iterable[Decision]) -> float | None:
    """What decisions about the problem cost by the terms, in minor units; None where these rule a shipment out.

    What places have not been told of counts, too, moved or not: so what different rules decide can be compared.
    """
    problem = with_groups(problem, terms.rules)
    places = {at.location_id for at in problem.locations}
    promised = [f for f in problem.unreleased if f.location_id in places and problem.why_held(f.line) is None]
    costed = CostedProblem(with_movable(only_due(problem, terms), promised), terms)
    return _finite(_cost(costed, _of_decisions(costed, decisions, promised)))


def _cost(costed: CostedProblem, plan: Shipments) -> float:
    """What a plan costs, with what it takes from orders to come."""
    return plan.cost(costed.model) + float(costed.taking.cost.sum())


def _finite(cost: float) -> float | None:
    return cost if np.isfinite(cost) else None


def _search(
    costed: CostedProblem, start: Shipments | None, seconds_left: Callable[[], float]
) -> tuple[Shipments, float]:
    """The best plan that is found, never dearer than `start`; and what no plan costs less than."""
    whole = None if start is None else _whole_lines(costed, start)
    plan, bound = _plan(costed, costed.model, whole, seconds_left)
    plans = [plan, *([] if start is None else [start])]
    if seconds_left() > 0:
        plans += [_plan(costed, model, None, seconds_left)[0] for model in made_whole(costed, plan)]
    best = min((only_whole(costed, one) for one in plans), key=lambda one: one.cost(costed.model))
    best, bound = _in_units(costed, best, bound, seconds_left)
    return best, bound + float(costed.taking.cost.sum())


def _in_units(
    costed: CostedProblem, plan: Shipments, bound: float, seconds_left: Callable[[], float]
) -> tuple[Shipments, float]:
    """The best plan of any units of any line from anywhere, where the problem is small and such a plan is cheaper; and
    the greater bound."""
    model = costed.model
    cost = plan.cost(model)
    if len(model.item) * model.nodes > _SMALL or cost <= bound + DUST or seconds_left() <= 0:
        return plan, bound
    numbers: dict[OrderKey, int] = {}
    orders = [numbers.setdefault(costed.order_key(order[0].lines[0])[:2], len(numbers)) for order in costed.orders]
    units, least = solve_units(model, np.array(orders, dtype=np.int64), seconds_left)
    found, bound = Shipments(units), max(bound, min(least, cost))
    keeps = False
    if _keeps_nothing(costed):
        # Nobody waits for a cheaper way to serve orders to come, or has his unit taken by who waits for none.
        found = fill_up(costed.blind_model, found, _ranked(costed))
        keeps = found.cost(costed.blind_model) > plan.cost(costed.blind_model) + DUST
    return (plan if keeps or found.cost(model) >= cost - DUST else found), bound


def _plan(
    costed: CostedProblem, model: Model, start: Ints | None, seconds_left: Callable[[], float]
) -> tuple[Shipments, float]:
    """A plan of a model of the problem, which may send orders that ship whole in part; and its bound."""
    found = optimise(model, Effort(improve_rounds=costed.rules.rounds), start, seconds_left, lines_split=True)
    node, rest = found.node, model
    if _keeps_nothing(costed):
        rest = costed.blind(model)
        node = serve_waiting(rest, node)
    return fill_up(rest, Shipments.of_lines(rest, node), _ranked(costed), lambda: seconds_left() > 0), found.bound


def _keeps_nothing(costed: CostedProblem) -> bool:
    """Whether orders to come say from where to send, and keep nothing from who waits now."""
    return bool(costed.terms.scarcity) and not costed.rules.hold_back_weight


def _ranked(costed: CostedProblem) -> list[int]:
    """The model's lines, the most urgent first."""
    return sorted(range(len(costed.groups)), key=lambda row: costed.rank_of[costed.groups[row].lines[0].order_line_id])


def _of_decisions(
    costed: CostedProblem, decisions: Iterable[Decision], promised: Iterable[Unreleased] = ()
) -> Shipments:
    """The plan that decisions make of what is `promised` already."""
    row_of = {line.order_line_id: row for row, group in enumerate(costed.groups) for line in group.lines}
    units: Counter[tuple[int, int]] = Counter()
    for one in promised:
        units[row_of[one.line.order_line_id], costed.node_of[one.location_id]] += one.quantity
    for decision in decisions:
        if decision.location_id is not None and (decision.decision == "allocated" or decision.reason_code == REPLACED):
            key = (row_of[decision.line.order_line_id], costed.node_of[decision.location_id])
            units[key] += decision.quantity if decision.decision == "allocated" else -decision.quantity
    return Shipments(+units)


def _whole_lines(costed: CostedProblem, plan: Shipments) -> Ints:
    """The plan without the lines that it splits, and without the rest of their orders where these ship whole."""
    model = costed.model
    node = np.full(len(costed.groups), NOWHERE)
    for (line, at), units in plan.units.items():
        if units == model.quantity[line]:
            node[line] = at
    is_short = np.bincount(model.order_of_line, node == NOWHERE, model.orders) > 0
    node[(is_short & model.is_whole)[model.order_of_line]] = NOWHERE
    return node
