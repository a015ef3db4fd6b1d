"""The ground of a decision: what the warehouse says of open lines, stock and past orders before anything is decided.

Belongs here: the queries, and what they are put into. Does not belong here: deciding on it (`allocating`, `pegging`,
`trying`), nor making it (dbt's models with the tag `ground`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from oms_core.allocation.scarcity import Past
from oms_core.allocation.stated import tables
from oms_core.allocation.stated.problem import Problem
from oms_core.allocation.stated.rules import Rules
from oms_core.allocation.stated.working_days import all_left_before
from oms_core.inventory.availability import supply
from pipelines.home import Home
from pipelines.modelling.warehouse import latest_run, select_frame, select_table

#: The levels of the latest run, and how much of each orders may not take. The marts say it by the macro
#: `share_of_units`, but are built after allocation: so it is said here once more, and a test compares the two.
LEVELS = f"""
    select sku, location_id, floor(qty_safety_stock * coalesce(kept_back_share, 0) + 1e-9)::bigint as qty_kept_back,
           protection_days
    from raw.safety_stock left join dim_location using (location_id)
    where run_id = ({latest_run("raw.safety_stock")})"""  # noqa: S608 - our own texts
#: What decisions change of the units that places are to ship: an allocation adds them, one that is replaced takes them
#: off again.
PROMISES = """
    select channel_id, order_ref, line_ref, sku, location_id, release_due_at, run_id, load_number,
           case decision when 'allocated' then quantity else -quantity end as quantity
    from raw.allocations where decision = 'allocated' or reason_code = 'replaced'"""
#: Order lines of the last weeks for the SKUs that are open now. `horizon_days`: the days until the SKU's next supply,
#: the average over the units that are coming; where nothing is, as long as safety stock would have to last.
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
#: Supply that is farther away counts as if it came on that day; and how many days back orders are looked at.
_MOST_DAYS, _MOST_DAYS_AGO = 28, 70
#: What the run before this one left sold ahead of supply: units by line, and the day they are promised for.
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


def read_problem(home: Home) -> Problem:
    """What is to be decided, as the warehouse stands."""
    balance = select_frame(home, "select * from int_stock_balance")
    stated = tables.Tables(
        lines=select_table(home, "select * from int_open_order_lines"),
        supply=supply(balance, select_frame(home, LEVELS)),
        locations=select_table(home, "select * from dim_location"),
        products=select_table(home, "select sku, weight_grams, handling_class from dim_product"),
        segments=select_table(home, "select * from int_channel_segments"),
        expiring=select_table(home, "select * from int_expiring_reservations"),
        unreleased=select_table(home, "select * from int_earlier_unreleased"),
        desk_places=select_table(home, "select * from int_desk_places"),
        pre_sold=select_table(home, _PRE_SOLD),
        events=select_table(home, "select * from fct_planned_events"),
    )
    return tables.read_problem(stated)


@dataclass(frozen=True)
class Ground:
    """All that the warehouse says for deciding at an hour; `past` is None where no rules look ahead."""

    problem: Problem
    as_of: datetime
    last_run_at: datetime | None
    past: Past | None


def read_ground(home: Home, as_of: datetime, sets: Iterable[Rules]) -> Ground:
    """What deciding by any of these sets of rules needs of the warehouse; what none asks for is not read."""
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
