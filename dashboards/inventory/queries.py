"""What the list of the inventory page asks of the snapshot: positions, and counts that are compared with them.

Belongs here: filters, orders and groupings of the lists. Does not belong here: one position (`position_queries`), the
ledger behind it (`ledger`), any look.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.parts.search import Conditions
from dashboards.source import Query
from dashboards.stock_at_risk import AT_RISK

LOCATIONS = Query("select location_id, name from dim_location order by location_id")
CHANNELS = Query("select channel_id, name from dim_channel order by priority, channel_id")


def _judged(health: str) -> str:
    judged = f"select (sku, location_id) from rpt_inventory_health where health = '{health}'"  # noqa: S608 - our own text
    return f"(p.sku, p.location_id) in ({judged})"


#: What a planner looks for, and the positions that are it.
STATES = {
    "at risk": f"(p.sku, p.location_id) in (select (sku, location_id) from ({AT_RISK}))",  # noqa: S608 - our own text
    "out of stock": "p.qty_on_hand <= 0 and p.qty_demand_per_day > 0",
    "nothing to sell": "p.qty_ats = 0 and p.qty_on_hand > 0",
    "blocked": "p.qty_blocked > 0",
    "in doubt": "p.qty_in_doubt > 0",
    "below zero": "p.qty_on_hand < 0",
    "no demand": "p.qty_on_hand > 0 and p.qty_demand_per_day = 0",
    "half a year's cover": "p.days_of_cover > 182",
    "excess": _judged("excess"),
    "dead": _judged("dead"),
}

_SUMS = """
    sum(qty_on_hand)::bigint as qty_on_hand, sum(qty_reserved)::bigint as qty_reserved,
    sum(qty_kept_back)::bigint as qty_kept_back, sum(qty_in_doubt)::bigint as qty_in_doubt,
    sum(qty_inbound)::bigint as qty_inbound, min(next_inbound_date) as next_inbound_date,
    sum(qty_demand_per_day) as qty_demand_per_day,
    sum(greatest(qty_on_hand, 0)) / nullif(sum(qty_demand_per_day), 0) as days_of_cover,
    sum(stock_value_minor)::bigint as stock_value_minor, currency"""
#: By what positions are told apart, and the columns that such a row has. A channel's part of the network is not the sum
#: over the places that are shown, for only some of them ship orders: there it is read as it was published.
GROUPINGS = {
    "SKU and location": "select * from positions",
    "SKU": f"""
        select sku, any_value(description) as description, any_value(abc_class) as abc_class,
               count(*)::bigint as location_count,
               coalesce(any_value(qty_network_ats), sum(qty_ats))::bigint as qty_ats, {_SUMS}
        from positions group by sku, currency""",  # noqa: S608 - our own texts
    "Location": f"""
        select location_id, any_value(location_name) as location_name, count(*)::bigint as sku_count,
               count(*) filter (qty_on_hand <= 0 and qty_demand_per_day > 0)::bigint as stocked_out_count,
               sum(qty_ats)::bigint as qty_ats, {_SUMS}
        from positions group by location_id, currency""",  # noqa: S608 - our own texts
}
#: How each may be ordered beside by its columns.
ORDERS = {
    "most money": "stock_value_minor desc, {key}",
    "shortest cover": "days_of_cover nulls last, {key}",
    "longest cover": "days_of_cover desc nulls last, {key}",
    "most on hand": "qty_on_hand desc, {key}",
    "least to sell": "qty_ats, {key}",
    "most reserved": "qty_reserved desc, {key}",
    "most inbound": "qty_inbound desc, {key}",
    "name": "{key}",
}
#: What a channel may sell, here and in all, and where both are found.
_PART = (
    "coalesce(part.qty_ats, 0)",
    "coalesce(network.qty_ats, 0)",
    """
        left join fct_ats_by_channel as part
            on part.channel_id = ? and part.sku = p.sku and part.location_id = p.location_id
        left join fct_ats_network as network on network.channel_id = ? and network.sku = p.sku""",
)
#: What tells the rows of a grouping apart.
KEYS = {"SKU and location": "sku, location_id", "SKU": "sku, currency", "Location": "location_id, currency"}


@dataclass(frozen=True)
class Filters:
    """Which positions: text in SKU or product, a location, an ABC class, a state of `STATES`; a channel's part."""

    find: str = ""
    location: str | None = None
    abc_class: str | None = None
    state: str | None = None
    channel: str | None = None

    @property
    def conditions(self) -> Conditions:
        """The filters as SQL; whatever a user typed is a parameter."""
        found = Conditions()
        if text := self.find.strip():
            found = found.also(
                "(contains(lower(p.sku), lower(?)) or contains(lower(product.description), lower(?)))", text, text
            )
        if self.location:
            found = found.also("p.location_id = ?", self.location)
        if self.abc_class:
            found = found.also("p.abc_class = ?", self.abc_class)
        return found.also(STATES[self.state]) if self.state else found


def all_of(filters: Filters, by: str) -> Query:
    """All rows of a grouping."""
    where = filters.conditions
    of_channel = (filters.channel,) if filters.channel else ()
    ats, network_ats, part = _PART if of_channel else ("p.qty_ats", "null", "")
    sql = f"""
    with positions as (
        select p.sku, product.description, p.abc_class, p.location_id, place.name as location_name, p.qty_on_hand,
               p.qty_reserved, p.qty_kept_back, p.qty_in_doubt, {ats} as qty_ats, {network_ats} as qty_network_ats,
               p.qty_inbound, p.next_inbound_date, p.qty_demand_per_day, p.days_of_cover, p.stock_value_minor,
               p.currency
        from fct_inventory_position as p
        left join dim_product as product using (sku)
        left join dim_location as place on place.location_id = p.location_id
        {part} {where.where})
    {GROUPINGS[by]}"""  # noqa: S608 - texts are ours, values parameters
    return Query(sql, (*of_channel * 2, *where.parameters))


def totals(filters: Filters, by: str) -> Query:
    """Rows, units and money of all that is found, one row a currency."""
    where = filters.conditions
    rows = {"SKU and location": "count(*)", "SKU": "count(distinct p.sku)"}.get(by, "count(distinct p.location_id)")
    return Query(
        f"""
    select p.currency, {rows}::bigint as found, sum(p.qty_on_hand)::bigint as qty_on_hand,
           sum(p.stock_value_minor)::bigint as stock_value_minor
    from fct_inventory_position as p left join dim_product as product using (sku)
    {where.where} group by p.currency order by stock_value_minor desc, p.currency""",  # noqa: S608 - as above
        where.parameters,
    )


#: What can be the matter with a position, in words; the key is what `fct_stock_reconciliation` says.
CAUSES = {
    "unknown_movement": "stock moved and nobody said so: look for a breakage, a theft, a wrong bin",
    "missing_receipt": "a delivery is not booked: ask for the receipt",
    "held_for_review": "the count is beyond its tolerance and waits for a review, a file in `inbox/count_reviews`",
    "count_rejected": "a review rejected the count: count again",
    "promised_beyond_stock": "more is promised than lies there for sale",
    "oversold_by_rule": "more is promised or gone than lies there, as `oversell_units` allows",
    "left_while_blocked": "it left while it was blocked: say that it is not, or ask what was shipped",
    "stated_anew": "the count bears out what was said of a movement when it was said again: nothing to do",
    "late_file": "a file that came late explains it: nothing to do",
    "agrees": "they agree: nothing to do",
}
#: Causes that need nobody any more.
SETTLED = ("agrees", "late_file", "stated_anew")


@dataclass(frozen=True)
class CountFilters:
    """Which comparisons: text in SKU or product, a location, a cause; without one, those that need somebody."""

    find: str = ""
    location: str | None = None
    cause: str | None = None

    @property
    def conditions(self) -> Conditions:
        """The filters as SQL; whatever a user typed is a parameter."""
        found = (
            Conditions(("cause = ?",), (self.cause,))
            if self.cause
            else Conditions((f"cause not in ({', '.join('?' * len(SETTLED))})",), SETTLED)
        )
        if text := self.find.strip():
            found = found.also("(contains(lower(sku), lower(?)) or contains(lower(description), lower(?)))", text, text)
        return found.also("location_id = ?", self.location) if self.location else found


_COMPARED = """
    select r.*, product.description from fct_stock_reconciliation as r left join dim_product as product using (sku)"""


#: How they may be ordered beside by their columns.
COUNT_ORDERS = {"dearest difference": "abs(difference_minor) desc, qty_over_reserved desc, sku, location_id"}


def counts(filters: CountFilters) -> Query:
    """Counts, ledger and reservations that are compared."""
    where = filters.conditions
    return Query(f"select * from ({_COMPARED}) {where.where}", where.parameters)  # noqa: S608 - our own texts


def count_totals(filters: CountFilters) -> Query:
    """How many there are, and the money of those too high and too low, one row a currency."""
    where = filters.conditions
    return Query(
        f"""
    select currency, count(*)::bigint as found, coalesce(max(age_days), 0)::bigint as age_days,
           coalesce(sum(difference_minor) filter (difference_minor > 0), 0)::bigint as over_minor,
           coalesce(sum(difference_minor) filter (difference_minor < 0), 0)::bigint as under_minor
    from ({_COMPARED}) {where.where} group by currency order by currency""",  # noqa: S608 - our own texts
        where.parameters,
    )
