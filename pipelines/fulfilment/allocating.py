"""From open lines to decisions: read the problem, decide by the rules, land; or only say what would be decided.

Belongs here: what is read for it, what is landed, and rule sets beside each other. Does not belong here: the decision
(`oms_core.allocation`), the documents that follow from it (`exporting`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from oms_core.allocation.decisions import endings, to_table
from oms_core.allocation.groups import with_groups
from oms_core.allocation.outcome import Outcome, outcome
from oms_core.allocation.problem import PreSold, Problem
from oms_core.allocation.reoptimise import movable, with_movable
from oms_core.allocation.rules import Rules
from oms_core.allocation.scarcity import Past, look_ahead
from oms_core.allocation.sourcing import Allocation, allocate, cost_of
from oms_core.allocation.terms import Terms
from oms_core.allocation.working_days import all_left_before
from oms_core.contracts.decisions import ALLOCATION_RUNS, ALLOCATIONS
from oms_core.inventory.availability import supply
from pipelines.home import Home
from pipelines.log import Log, land_decision
from pipelines.modelling.warehouse import latest_run, load, select_frame, select_table
from pipelines.ticket import Ticket

#: Levels of tonight, and what of them orders may not take: dbt's `share_of_units` once more, as its marts come later.
LEVELS = f"""
    select sku, location_id, floor(qty_safety_stock * coalesce(kept_back_share, 0) + 1e-9)::bigint as qty_kept_back,
           protection_days
    from raw.safety_stock left join dim_location using (location_id)
    where run_id = ({latest_run("raw.safety_stock")})"""  # noqa: S608 - our own texts
#: Orders of the last weeks for what is open now, each line with the days until its SKU's next supply: until what is
#: coming comes, on average over its units; else as long as safety stock would have to last.
_PAST = f"""
    with wanted as (select sku from int_open_order_lines union select sku from int_earlier_unreleased),
    coming as (
        select sku, ceil(sum(qty_coming * date_diff('day', $today::date, available_date)) / sum(qty_coming)) - 1 as days
        from int_coming_supply where qty_coming > 0 group by sku
    ),
    levels as ({LEVELS}),
    lasting as (select sku, max(protection_days) as days from levels group by sku)
    select lines.order_line_id, lines.channel_id, lines.order_ref, lines.line_ref, lines.sku, lines.ship_to_region,
           lines.location_id, coalesce(channel.priority, 1000) as priority, $as_of::timestamptz as placed_at,
           false as is_held, lines.qty_ordered as qty_to_decide, null::date as promised_date,
           false as is_held_by_desk, false as is_assigned_by_desk,
           date_diff('day', lines.business_date, $today::date) as days_ago,
           least(coalesce(coming.days, lasting.days, $most_days), $most_days)::bigint as horizon_days,
           lines.fulfilment_method, lines.customer_group, lines.fulfilment_method = 'carry_out' as is_walk_in,
           coalesce(levels.qty_kept_back, 0) as qty_protected
    from int_order_lines lines
    join wanted using (sku)
    left join coming using (sku)
    left join lasting using (sku)
    left join levels on levels.sku = lines.sku and levels.location_id = lines.location_id
    left join dim_channel channel on channel.channel_id = lines.channel_id
    where lines.business_date between $today::date - $most_days_ago and $today::date
    order by lines.order_line_id"""  # noqa: S608 - both texts are ours
_FIRST_ORDER = "select coalesce(date_diff('day', min(business_date), ?::date), 0) as days from int_order_lines"
#: Supply that is farther away counts as if it came then; and how far back its futures reach.
_MOST_DAYS, _MOST_DAYS_AGO = 28, 70
#: What the run before the ground was built left sold ahead of supply, by line, and for which day.
_PRE_SOLD = f"""
    select channel_id || ':' || order_ref || ':' || line_ref as order_line_id,
           sum(qty_pre_sold)::bigint as quantity, max(available_date) as day
    from raw.pegs
    where qty_pre_sold > 0 and run_id = ({latest_run("stg_earlier_allocations")})
    group by all"""  # noqa: S608 - our own texts
_TOLD = "select location_id, told_at, parcels from int_parcels_told where told_at >= ?"
_LAST_RUN = """
    select max(effective_at) as as_of from (
        select effective_at from raw.allocation_runs union all select effective_at from raw.allocations
    ) as runs where effective_at < ?"""
_LINES_BY_DECISION = """
    select decision, count(*)::bigint as lines from raw.allocations
    where run_id = ? group by decision order by decision"""


def allocate_open_lines(home: Home, ticket: Ticket) -> dict[str, int]:
    """Decide every open line once a run and land that; lines by decision. A repeated run decides nothing anew."""
    if not Log(home.landing).of_run(ticket.run_id, ALLOCATIONS.name):
        rules = home.sourcing_rules
        ground = read_ground(home, ticket.as_of, [rules])
        problem, time_left = ground.problem, _until(rules.seconds)
        found = allocate(problem, _terms(ground, rules), time_left)
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


def read_problem(home: Home) -> Problem:
    """What the warehouse's ground leaves to decide."""
    balance = select_frame(home, "select * from int_stock_balance")
    products = select_table(home, "select sku, weight_grams, handling_class from dim_product").to_pylist()
    return Problem.from_tables(
        lines=select_table(home, "select * from int_open_order_lines"),
        supply=supply(balance, select_frame(home, LEVELS)),
        locations=select_table(home, "select * from dim_location"),
        events=select_table(home, "select * from fct_planned_events"),
        known_skus=[row["sku"] for row in products],
        segments=select_table(home, "select * from int_channel_segments"),
        expiring=select_table(home, "select * from int_expiring_reservations"),
        unreleased=select_table(home, "select * from int_earlier_unreleased"),
        places=select_table(home, "select * from int_desk_places"),
        grams={row["sku"]: row["weight_grams"] for row in products if row["weight_grams"]},
        handling_class={row["sku"]: row["handling_class"] for row in products if row["handling_class"]},
        pre_sold={
            row["order_line_id"]: PreSold(row["quantity"], row["day"])
            for row in select_table(home, _PRE_SOLD).to_pylist()
        },
    )


@dataclass(frozen=True)
class Ground:
    """All that the warehouse says for deciding at an hour; `past` is None where no rules look ahead."""

    problem: Problem
    as_of: datetime
    last_run_at: datetime | None
    past: Past | None


def read_ground(home: Home, as_of: datetime, sets: Iterable[Rules]) -> Ground:
    """What deciding by these sets of rules needs of the warehouse."""
    (last,) = select_table(home, _LAST_RUN, [as_of]).to_pylist()
    looks_ahead = any(rules.scarcity_weight or rules.hold_back_weight for rules in sets)
    problem = read_problem(home)
    if any(rules.parcels_per_day for rules in sets):
        since = min(all_left_before(problem.locations, rules, as_of) for rules in sets)
        problem = replace(problem, told=_read_told(home, since))
    return Ground(problem, as_of, last["as_of"], _read_past(home, as_of) if looks_ahead else None)


def _read_told(home: Home, since: datetime) -> dict[tuple[str, datetime], int]:
    rows = select_table(home, _TOLD, [since]).to_pylist()
    return {(row["location_id"], row["told_at"]): row["parcels"] for row in rows}


def _read_past(home: Home, as_of: datetime) -> Past:
    today = as_of.date()
    parameters = {"today": today, "as_of": as_of, "most_days": _MOST_DAYS, "most_days_ago": _MOST_DAYS_AGO}
    known = select_frame(home, _FIRST_ORDER, [today])["days"].iloc[0]
    return Past(select_frame(home, _PAST, parameters), int(known))


def _until(seconds: float) -> Callable[[], float]:
    """How many of so many seconds of the machine's clock are left."""
    end = time.monotonic() + seconds
    return lambda: end - time.monotonic()


def _terms(ground: Ground, rules: Rules) -> Terms:
    """The rules, with what a unit is worth to the orders to come; looking for that takes a third of their time."""
    terms = Terms(rules, ground.as_of, last_run_at=ground.last_run_at)
    if ground.past is None or not (rules.scarcity_weight or rules.hold_back_weight):
        return terms
    problem = with_groups(ground.problem, rules)
    everything = with_movable(problem, movable(problem, terms))
    return look_ahead(everything, ground.past, terms, _until(rules.seconds / 3))


def _run_table(problem: Problem, rules: Rules, found: Allocation, ticket: Ticket) -> pa.Table:
    row = {
        "run_id": ticket.run_id,
        "rules_id": rules.rules_id,
        "rules": rules.text,
        "solver": rules.solver,
        "orders": len({(line.channel_id, line.order_ref) for line in problem.lines}),
        "lines": len(problem.lines),
        "parcels": found.parcels,
        "cost_minor": _rounded(found.cost_minor),
        "bound_minor": None if found.bound_minor is None else math.floor(found.bound_minor),
        "greedy_minor": _rounded(found.greedy_minor),
        "lines_reopened": found.reopened,
        "lines_moved": found.moved,
        "kept_minor": _rounded(found.kept_minor),
        "currency": rules.currency,
        "effective_at": ticket.as_of,
        "business_date": ticket.business_date,
    }
    return pa.Table.from_pylist([row], schema=ALLOCATION_RUNS.arrow_schema)


def _rounded(cost: float | None) -> int | None:
    return None if cost is None else round(cost)


@dataclass(frozen=True)
class Trial:
    """What one set of rules would decide, and what that comes to. `home_cost_minor`: what it costs by the home's own
    rules; None where these rule a part of it out.
    """

    name: str
    rules: Rules
    as_of: datetime
    found: Allocation
    outcome: Outcome
    home_cost_minor: float | None

    @property
    def figures(self) -> dict[str, object]:
        """The trial in figures, by name; costs in minor units of the rules' currency."""
        decisions = self.found.decisions
        parcels: dict[tuple[str, str], set[str]] = {}
        for one in decisions:
            if one.decision == "allocated" and one.location_id is not None:
                parcels.setdefault((one.line.channel_id, one.line.order_ref), set()).add(one.location_id)
        return {
            "rules": self.name,
            "solver": self.rules.solver,
            "lines_allocated": len({d.line.order_line_id for d in decisions if d.decision == "allocated"}),
            "lines_waiting": len({d.line.order_line_id for d in decisions if d.decision == "backordered"}),
            "units_allocated": sum(d.quantity for d in decisions if d.decision == "allocated"),
            "units_for_a_wave": sum(
                d.quantity
                for d in decisions
                if d.decision == "allocated" and d.release_due_at and d.release_due_at > self.as_of
            ),
            "units_waiting": sum(d.quantity for d in decisions if d.decision == "backordered"),
            "orders_shipped": len(parcels),
            "orders_split": sum(len(places) > 1 for places in parcels.values()),
            "parcels": self.found.parcels,
            "lines_late": self.outcome.lines_late,
            "days_late": self.outcome.days_late,
            "lines_held": len({d.line.order_line_id for d in decisions if d.decision == "held"}),
            "lines_decided_anew": self.found.reopened,
            "lines_moved": self.found.moved,
            "cost_minor": _rounded(self.found.cost_minor),
            "cost_if_none_moved_minor": _rounded(self.found.kept_minor),
            "cost_by_home_rules_minor": _rounded(self.home_cost_minor),
            "gap": None if self.found.gap is None else round(self.found.gap, 6),
            "greedy_cost_minor": _rounded(self.found.greedy_minor),
        }


def try_rules(
    ground: Ground, own: Rules, sets: Mapping[str, Rules], progress: Callable[[str], None] = lambda _: None
) -> list[Trial]:
    """What each set of rules would decide on that ground; nothing is landed.

    `own`: the rules of the home, by which the plans are costed besides.
    """
    problem, as_of = ground.problem, ground.as_of
    progress("weighing what orders to come will want")
    of_home = _terms(ground, own)
    trials = []
    for number, (name, rules) in enumerate(sets.items(), start=1):
        progress(f"deciding {len(problem.lines):,} lines by {name} ({number} of {len(sets)})")
        terms = of_home if rules == own else _terms(ground, rules)
        found = allocate(problem, terms, _until(rules.seconds))
        cost = cost_of(problem, of_home, found.decisions)
        trials.append(Trial(name, rules, as_of, found, outcome(problem, terms, found.decisions), cost))
    return trials
