"""What the page of allocation runs asks of the snapshot.

Belongs here: its queries. Does not belong here: their look (`page`, `waiting_view`, `waves_view`).
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.parts.search import Conditions
from dashboards.source import Query

#: Runs that can be chosen; earlier ones are a query away.
RUNS = Query("select * from fct_allocation_runs order by allocated_at desc, run_id limit 60")

_DECISIONS = """
    with places as (
        select order_id, count(distinct location_id) as order_places
        from fct_allocations where run_id = ? group by order_id
    )
    select allocation.*, product.description, runs.currency, places.order_places
    from fct_allocations as allocation
    join fct_allocation_runs as runs using (run_id)
    join places using (order_id)
    left join dim_product as product using (sku)
    where allocation.run_id = ?"""
_WAITING = """
    select backorder.*, product.description
    from fct_backorders as backorder left join dim_product as product using (sku)"""


@dataclass(frozen=True)
class Filters:
    """Which of a run's allocations are shown; None or nothing for all. `find` is part of an order's number or a SKU."""

    run_id: str
    find: str | None = None
    location_id: str | None = None
    reason_code: str | None = None
    is_split: bool = False

    @property
    def conditions(self) -> Conditions:
        found = Conditions(parameters=(self.run_id, self.run_id))
        for column in ("location_id", "reason_code"):
            if getattr(self, column):
                found = found.also(f"{column} = ?", getattr(self, column))
        if self.is_split:
            found = found.also("order_places > 1")
        return _containing(found, self.find)


@dataclass(frozen=True)
class Waits:
    """Which of the lines that wait are shown; None or nothing for all. `find` is part of an order's number or a SKU."""

    find: str | None = None
    reason_code: str | None = None
    next_step: str | None = None

    @property
    def conditions(self) -> Conditions:
        found = Conditions()
        for column in ("reason_code", "next_step"):
            if getattr(self, column):
                found = found.also(f"{column} = ?", getattr(self, column))
        return _containing(found, self.find)


def _containing(found: Conditions, part: str | None) -> Conditions:
    """And of an order or a SKU that has this part."""
    either = "(contains(lower(order_id), lower(?)) or contains(lower(sku), lower(?)))"
    return found.also(either, part, part) if part else found


def figures(run_id: str) -> Query:
    """Lines, units, orders and split orders of what a run allocated."""
    return Query(
        """
    select count(distinct order_line_id)::bigint as lines, coalesce(sum(qty_allocated), 0)::bigint as units,
           count(distinct order_id)::bigint as orders,
           count(distinct order_id) filter (order_places > 1)::bigint as split_orders
    from (
        select *, count(distinct location_id) over (partition by order_id) as order_places
        from fct_allocations where run_id = ?
    )""",
        (run_id,),
    )


def by_location(run_id: str) -> Query:
    """What each location is to send: parcels (orders), lines, units."""
    return Query(
        """
    select location_id, any_value(place.kind) as kind, count(distinct order_id)::bigint as parcels,
           count(distinct order_line_id)::bigint as lines, sum(qty_allocated)::bigint as units
    from fct_allocations left join dim_location as place using (location_id)
    where run_id = ? group by location_id order by location_id""",
        (run_id,),
    )


def reason_codes(run_id: str) -> Query:
    """The codes of a run's reasons."""
    return Query("select distinct reason_code from fct_allocations where run_id = ? order by reason_code", (run_id,))


def count_of(filters: Filters) -> Query:
    """How many allocations are like that."""
    where = filters.conditions
    return Query(
        f"select count(*)::bigint as rows from ({_DECISIONS}) {where.where}",  # noqa: S608 - texts are ours, values parameters
        where.parameters,
    )


#: What tells allocations apart; and how their list may be ordered beside by its columns.
DECISION_KEY = "order_line_id, location_id"
DECISION_ORDERS = {"as they were served": f"decision_rank, {DECISION_KEY}"}


def all_of(filters: Filters) -> Query:
    """Every allocation that is like that."""
    where = filters.conditions
    return Query(f"select * from ({_DECISIONS}) {where.where}", where.parameters)  # noqa: S608 - as above


#: What waits, by why: lines, units, the oldest, and how many are past their promise.
WAITING_BY_REASON = Query("""
    select reason_code, count(*)::bigint as lines, sum(qty_backordered)::bigint as units,
           min(backordered_at) as oldest, count(*) filter (days_late > 0)::bigint as late
    from fct_backorders group by reason_code order by units desc, reason_code""")
WAITING_ORDERS = {"latest past its promise": "days_late desc nulls last, backordered_at, order_line_id"}
#: What ends a wait (`next_step`), in words.
NEXT_STEPS = {
    "other_location": "stock elsewhere",
    "substitute": "a substitute",
    "date": "supply on its way",
    "order_supply": "supply to be ordered",
}


def waiting(waits: Waits) -> Query:
    """Every waiting line that is like that."""
    where = waits.conditions
    return Query(f"select * from ({_WAITING}) {where.where}", where.parameters)  # noqa: S608 - as above


def waiting_count(waits: Waits) -> Query:
    """How many they are."""
    where = waits.conditions
    return Query(f"select count(*)::bigint as rows from fct_backorders {where.where}", where.parameters)  # noqa: S608


#: What is reserved and its location has not been told of, by wave: orders, lines, units.
WAVES = Query("""
    select location_id, release_due_at, count(distinct order_id)::bigint as orders, count(*)::bigint as lines,
           sum(qty_unreleased)::bigint as units
    from fct_allocations where qty_unreleased > 0 and release_due_at is not null
    group by location_id, release_due_at order by release_due_at, location_id""")
_UNRELEASED = """
    select allocation.*, product.description, line.waits_for
    from fct_allocations as allocation
    join fct_order_lines as line using (order_line_id)
    left join dim_product as product on product.sku = allocation.sku
    where qty_unreleased > 0 and release_due_at is not null"""
UNRELEASED_KEY = "order_line_id, location_id, run_id"
UNRELEASED_ORDERS = {"earliest wave": f"release_due_at, location_id, {UNRELEASED_KEY}"}


@dataclass(frozen=True)
class Unreleased:
    """Which of these lines are shown; None or nothing for all. `find` is part of an order's number or a SKU."""

    find: str | None = None
    location_id: str | None = None

    @property
    def conditions(self) -> Conditions:
        found = Conditions()
        if self.location_id:
            found = found.also("location_id = ?", self.location_id)
        return _containing(found, self.find)


def unreleased(wanted: Unreleased) -> Query:
    """Every line that is like that."""
    where = wanted.conditions
    return Query(f"select * from ({_UNRELEASED}) {where.where}", where.parameters)  # noqa: S608 - as above


def unreleased_count(wanted: Unreleased) -> Query:
    """How many they are."""
    where = wanted.conditions
    return Query(f"select count(*)::bigint as rows from ({_UNRELEASED}) {where.where}", where.parameters)  # noqa: S608
