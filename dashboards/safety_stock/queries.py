"""What the safety-stock page asks of the snapshot.

Belongs here: the list of levels, one series, and what a what-if starts from. Does not belong here: their look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from dashboards.search import PAGE_ROWS, Conditions
from dashboards.source import Query

LOCATIONS = Query("select location_id, name from dim_location order by location_id")
ABC_CLASSES = Query("select sku, abc_class from dim_product order by sku")
POLICY_VERSION = Query("select max(policy_version)::bigint as version from fct_safety_stock where is_current")

#: How the list may be ordered. Position is what is on hand and inbound, less what is reserved. In an expression DuckDB
#: takes the joined column and not the alias, so that what never moved must be counted as 0 here once more.
ORDERS = {
    "furthest below reorder point": "coalesce(qty_position, 0) - s.qty_reorder_point, sku, location_id",
    "most money": "investment_minor desc, sku, location_id",
    "lowest expected service": "service_level_expected, sku, location_id",
    "SKU": "sku, location_id",
}

_LEVELS = """
    from fct_safety_stock as s
    left join dim_product as p using (sku)
    left join (
        select sku, location_id, qty_on_hand, qty_reserved, qty_ats, qty_in_doubt, doubt_reason, qty_inbound,
               next_inbound_date, qty_on_hand - qty_reserved + qty_inbound as qty_position
        from fct_inventory_position) as i using (sku, location_id)"""
_COLUMNS = """
    sku, p.description, coalesce(p.abc_class, '–') as abc_class, location_id, coalesce(qty_on_hand, 0) as qty_on_hand,
    coalesce(qty_inbound, 0) as qty_inbound, coalesce(qty_position, 0) as qty_position, s.qty_reorder_point,
    s.qty_safety_stock, s.qty_order_up_to, s.service_level_target, s.target_measure, s.service_level_expected,
    s.fill_rate_expected, s.investment_minor,
    s.currency, s.policy_scope, s.protection_days"""


@dataclass(frozen=True)
class Filters:
    """Which levels: text in SKU or product, a location, an ABC class, only what is below its reorder point."""

    find: str = ""
    location: str | None = None
    abc_class: str | None = None
    is_below: bool = False

    @property
    def conditions(self) -> Conditions:
        """The filters as SQL; whatever a user typed is a parameter."""
        found = Conditions(("s.is_current",))
        if text := self.find.strip():
            found = found.also(
                "(contains(lower(sku), lower(?)) or contains(lower(p.description), lower(?)))", text, text
            )
        if self.location:
            found = found.also("location_id = ?", self.location)
        if self.abc_class:
            found = found.also("p.abc_class = ?", self.abc_class)
        return found.also("coalesce(qty_position, 0) < s.qty_reorder_point") if self.is_below else found


def totals(filters: Filters) -> Query:
    """Series, units and money of the levels found, one row a currency."""
    where = filters.conditions
    return Query(
        f"""
    select s.currency, count(*)::bigint as series, sum(s.qty_safety_stock)::bigint as qty_safety_stock,
           sum(s.investment_minor)::bigint as investment_minor,
           count(*) filter (coalesce(qty_position, 0) < s.qty_reorder_point)::bigint as below
    {_LEVELS} {where.where} group by s.currency order by investment_minor desc, s.currency""",
        where.parameters,
    )


def page_of(filters: Filters, order: str, offset: int) -> Query:
    """One page of the levels found, in one of `ORDERS`."""
    every = all_of(filters, order)
    return Query(f"{every.sql} limit {PAGE_ROWS} offset ?", (*every.parameters, offset))


def all_of(filters: Filters, order: str) -> Query:
    """All levels found, in one of `ORDERS`."""
    where = filters.conditions
    return Query(f"select {_COLUMNS} {_LEVELS} {where.where} order by {ORDERS[order]}", where.parameters)


def series(sku: str, location_id: str) -> Query:
    """One level with its stock, product and location; no row where the series has none."""
    return Query(
        f"""
    select s.*, p.description, coalesce(p.abc_class, '–') as abc_class, l.name as location_name,
           coalesce(qty_on_hand, 0) as qty_on_hand, coalesce(qty_reserved, 0) as qty_reserved,
           coalesce(qty_ats, 0) as qty_ats, qty_in_doubt, doubt_reason, coalesce(qty_inbound, 0) as qty_inbound,
           coalesce(qty_position, 0) as qty_position, next_inbound_date
    {_LEVELS} left join dim_location as l using (location_id)
    where s.is_current and sku = ? and location_id = ?""",
        (sku, location_id),
    )


def demand(sku: str, location_id: str, as_of: date, days: int) -> Query:
    """A series' demand, day by day; `qty_repaired` is what planning takes of a day that could not sell."""
    return Query(
        """
    select business_date, qty_demand, is_stocked_out, r.qty_repaired
    from fct_demand_daily
    left join (select business_date, sku, location_id, qty_repaired from fct_demand_repairs where kind = 'stocked_out')
        as r using (business_date, sku, location_id)
    where sku = ? and location_id = ? and business_date > ? and business_date <= ? order by business_date""",
        (sku, location_id, as_of - timedelta(days=days), as_of),
    )


def on_hand(sku: str, location_id: str, as_of: date, days: int) -> Query:
    """A series' stock at the end of each day."""
    return Query(
        """
    select business_date, qty_closing from fct_inventory_daily
    where sku = ? and location_id = ? and business_date > ? and business_date <= ? order by business_date""",
        (sku, location_id, as_of - timedelta(days=days), as_of),
    )


def forecast(sku: str, location_id: str) -> Query:
    """The latest forecast of a series, one row a day: its quantiles as columns. The level's own run comes first."""
    return Query(
        """
    with chosen as (
        select origin_date, run_id from fct_forecast where sku = ? and location_id = ?
        order by origin_date desc,
                 run_id in (select run_id from fct_safety_stock where is_current) desc, run_id limit 1)
    select target_date as business_date, any_value(model) as model,
           max(qty_forecast) filter (quantile = 0.05) as q05, max(qty_forecast) filter (quantile = 0.25) as q25,
           max(qty_forecast) filter (quantile = 0.5) as q50, max(qty_forecast) filter (quantile = 0.75) as q75,
           max(qty_forecast) filter (quantile = 0.95) as q95,
           max(coalesce(qty_unaltered, qty_forecast)) filter (quantile = 0.5) as q50_unaltered
    from fct_forecast join chosen using (origin_date, run_id)
    where sku = ? and location_id = ? group by target_date order by target_date""",
        (sku, location_id, sku, location_id),
    )


def overrides(sku: str, location_id: str) -> Query:
    """The overrides of a series' forecast that are in force, in the order in which they apply."""
    return Query(
        """
    select override_ref, kind, value, first_date, last_date, event, reason
    from fct_forecast_overrides as stated
    where is_in_force and (sku is null or sku = ?) and (location_id is null or location_id = ?)
      and (category is null or category in (select category from dim_product where dim_product.sku = ?))
    order by stated_at, override_ref""",
        (sku, location_id, sku),
    )


def known_sku(sku: str) -> Query:
    """The SKU as it is written, whatever its case; no row where no level is kept of it."""
    return Query("select distinct sku from fct_safety_stock where is_current and lower(sku) = lower(?)", (sku.strip(),))


def levels_of(scope: Conditions) -> Query:
    """The levels in force that the conditions name, with every column that a what-if needs."""
    where = scope.also("is_current")
    sql = f"select fct_safety_stock.* from fct_safety_stock left join dim_product using (sku) {where.where}"  # noqa: S608
    return Query(sql, where.parameters)


def interval_demand_of(scope: Conditions) -> Query:
    """The grid of the same series' demand over their protection interval."""
    where = scope.also("is_current")
    return Query(
        f"""
    select sku, location_id, probability, qty_demand, qty_lead_time_demand from fct_interval_demand
    semi join (select sku, location_id from fct_safety_stock left join dim_product using (sku) {where.where})
    using (sku, location_id)""",  # noqa: S608
        where.parameters,
    )
