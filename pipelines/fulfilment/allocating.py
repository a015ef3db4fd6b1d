"""From open lines to decisions: decide by the home's rules on what the ground says, and land that.

Belongs here: the time that deciding may take, and what is landed. Does not belong here: what is read for it (`ground`),
the decision (`oms_core.allocation`), trying other rules (`trying`), the documents that follow (`exporting`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pyarrow as pa

from oms_core.allocation.promises.reoptimise import movable, with_movable
from oms_core.allocation.scarcity import look_ahead
from oms_core.allocation.sourcing import Allocation, allocate
from oms_core.allocation.stated.decisions import endings, to_table
from oms_core.allocation.stated.groups import with_groups
from oms_core.allocation.stated.problem import Problem
from oms_core.allocation.stated.rules import Rules
from oms_core.allocation.stated.terms import Terms
from oms_core.contracts.decisions import ALLOCATION_RUNS, ALLOCATIONS
from pipelines.fulfilment.ground import Ground, read_ground
from pipelines.home import Home
from pipelines.log import Log, land_decision
from pipelines.modelling.warehouse import load, select_frame
from pipelines.ticket import Ticket

_LINES_BY_DECISION = """
    select decision, count(*)::bigint as lines from raw.allocations
    where run_id = ? group by decision order by decision"""


def allocate_open_lines(home: Home, ticket: Ticket) -> dict[str, int]:
    """Decide every open line and land the decisions, once a run; the number of lines by decision.

    A run that is repeated finds its decisions in the log and decides nothing anew.
    """
    if not Log(home.landing).of_run(ticket.run_id, ALLOCATIONS.name):
        rules = home.sourcing_rules
        ground = read_ground(home, ticket.as_of, [rules])
        problem, time_left = ground.problem, seconds_left(rules.seconds)
        found = allocate(problem, terms_for(ground, rules), time_left)
        log = Log(home.landing)
        decisions = (*found.decisions, *endings(problem))
        table = to_table(decisions, ticket.run_id, ticket.as_of, ticket.business_date)
        if not log.of_run(ticket.run_id, ALLOCATION_RUNS.name):
            runs = _run_table(problem, rules, found, ticket)
            land_decision(log, runs, ALLOCATION_RUNS.name, ticket.run_id, ticket.as_of)
        land_decision(log, table, ALLOCATIONS.name, ticket.run_id, ticket.as_of)
    load(home, ticket.as_of, ticket.run_id)
    frame = select_frame(home, _LINES_BY_DECISION, [ticket.run_id])
    return dict(zip(frame["decision"], frame["lines"].astype(int), strict=True))


def seconds_left(seconds: float) -> Callable[[], float]:
    """How many of so many seconds of the machine's clock are left."""
    end = time.monotonic() + seconds
    return lambda: end - time.monotonic()


def terms_for(ground: Ground, rules: Rules) -> Terms:
    """The rules on that ground. Where they look ahead, with what a unit is worth to the orders to come: finding that
    out takes up to a third of the time that the rules allow."""
    terms = Terms(rules, ground.as_of, last_run_at=ground.last_run_at)
    if ground.past is None or not (rules.scarcity_weight or rules.hold_back_weight):
        return terms
    problem = with_groups(ground.problem, rules)
    everything = with_movable(problem, movable(problem, terms))
    return look_ahead(everything, ground.past, terms, seconds_left(rules.seconds / 3))


def _run_table(problem: Problem, rules: Rules, found: Allocation, ticket: Ticket) -> pa.Table:
    row = {
        "run_id": ticket.run_id,
        "rules_id": rules.rules_id,
        "rules": rules.text,
        "solver": rules.solver,
        "orders": len({(line.channel_id, line.order_ref) for line in problem.lines}),
        "lines": len(problem.lines),
        "parcels": found.parcels,
        "cost_minor": rounded(found.cost_minor),
        "bound_minor": None if found.bound_minor is None else math.floor(found.bound_minor),
        "greedy_minor": rounded(found.greedy_minor),
        "lines_reopened": found.reopened,
        "lines_moved": found.moved,
        "kept_minor": rounded(found.kept_minor),
        "currency": rules.currency,
        "effective_at": ticket.as_of,
        "business_date": ticket.business_date,
    }
    return pa.Table.from_pylist([row], schema=ALLOCATION_RUNS.arrow_schema)


def rounded(cost: float | None) -> int | None:
    """A cost to the nearest minor unit; None stays None."""
    return None if cost is None else round(cost)
