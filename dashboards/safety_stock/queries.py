"""What the safety-stock page asks of the snapshot.

Belongs here: the list of levels, and one series. Does not belong here: their look, what a what-if starts from
(`assortment`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from dashboards.parts.search import Conditions, in_order, page_of
from dashboards.source import Query
from oms_core.replenishment.policy.targets import Scope

LOCATIONS = Query("select location_id, name from dim_location order by location_id")
SUPPLIERS = Query(
    "select distinct supplier_id from fct_safety_stock where is_current and supplier_id <> '' order by supplier_id"
)
POLICY_VERSION = Query("select max(policy_version)::bigint as version from fct_safety_stock where is_current")

#: How the list may be ordered beside by its columns. Position is what is on hand and inbound, less what is reserved.
ORDERS = {
    "furthest below reorder point": "qty_position - qty_reorder_point, sku, location_id",
    "most money": "investment_minor desc, sku, location_id",
    "lowest expected service": "service_level_expected, sku, location_id",
    "lowest fill rate": "fill_rate_expected, sku, location_id",
    "most demand": "qty_demand_per_day desc, sku, location_id",
    "longest lead time": "lead_time_days_mean desc, sku, location_id",
    "widest lead time": "lead_time_days_std desc, sku, location_id",
    "SKU": "sku, location_id",
}

#: On their way by transfers, sent already or ordered of their place: a planned position has them beside purchases.
_MOVING = """
    select sku, location_id, sum(quantity)::bigint as qty_moving from (
        select sku, location_id, quantity from rpt_clearing where account = 'in_transit' and quantity > 0
        union all
        select sku, location_id, quantity from fct_supply_orders
        where document_type = 'transfer_order' and supply_state = 'awaited')
    group by all"""
_LEVELS = f"""
    from fct_safety_stock as s
    left join dim_product as p using (sku)
    left join (
        select sku, location_id, qty_on_hand, qty_reserved, qty_ats, qty_in_doubt, doubt_reason, next_inbound_date,
               coalesce(qty_moving, 0) as qty_moving, qty_inbound + coalesce(qty_moving, 0) as qty_inbound,
               qty_on_hand - greatest(qty_blocked, 0) - qty_reserved + qty_inbound + coalesce(qty_moving, 0)
               as qty_position
        from fct_inventory_position left join ({_MOVING}) using (sku, location_id)) as i using (sku, location_id)"""  # noqa: S608 - our own texts
_COLUMNS = """
    sku, location_id, p.description, s.supplier_id, s.abc_class, s.xyz_class, s.demand_pattern,
    coalesce(s.abc_class, '–') || coalesce(s.xyz_class, '–') as class,
    s.qty_demand_mean / s.protection_days as qty_demand_per_day,
    s.lead_time_days_mean, s.lead_time_days_std, s.lead_time_scope, s.service_level_target, s.target_measure,
    s.policy_scope, s.service_level_expected, s.fill_rate_expected, s.qty_minimum, s.minimum_scope,
    s.qty_safety_stock, s.qty_reorder_point, s.qty_order_up_to, s.investment_minor, s.currency, s.protection_days,
    coalesce(qty_on_hand, 0) as qty_on_hand, coalesce(qty_inbound, 0) as qty_inbound,
    coalesce(qty_position, 0) as qty_position"""


@dataclass(frozen=True)
class Filters:
    """Which levels: text in SKU or product, scopes that must all hold, only what is below its reorder point."""

    find: str = ""
    location: str | None = None
    abc_class: str | None = None
    is_below: bool = False
    xyz_class: str | None = None
    demand_pattern: str | None = None
    supplier: str | None = None

    @property
    def conditions(self) -> Conditions:
        """The filters as SQL; whatever a user typed is a parameter."""
        found = Conditions(("s.is_current",))
        if text := self.find.strip():
            found = found.also(
                "(contains(lower(sku), lower(?)) or contains(lower(p.description), lower(?)))", text, text
            )
        for column, value in (
            ("location_id", self.location),
            ("s.abc_class", self.abc_class),
            ("s.xyz_class", self.xyz_class),
            ("s.demand_pattern", self.demand_pattern),
            ("s.supplier_id", self.supplier),
        ):
            found = found.also(f"{column} = ?", value) if value else found
        return found.also("coalesce(qty_position, 0) < s.qty_reorder_point") if self.is_below else found

    @property
    def scope(self) -> Scope | None:
        """The scope of a rule that covers just what is found; None where it takes more than one, or text chose."""
        if self.find.strip() or self.is_below:
            return None
        classes = {"abc_class": self.abc_class}
        if self.xyz_class:
            classes = {"abc_xyz_class": f"{self.abc_class or ''}{self.xyz_class}"}
        named = {
            "location": self.location,
            "supplier": self.supplier,
            "demand_pattern": self.demand_pattern,
            **classes,
        }
        found = [(kind, value) for kind, value in named.items() if value]
        is_one = len(found) == 1 and not (self.xyz_class and not self.abc_class)
        return found[0] if is_one else None


def first_view() -> tuple[Query, ...]:
    """What the list asks when it is opened."""
    every, order = Filters(), next(iter(ORDERS.values()))
    return LOCATIONS, SUPPLIERS, POLICY_VERSION, totals(every), page_of(in_order(all_of(every), order), 0)


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


def keys_of(filters: Filters) -> Query:
    """SKU and location of all levels found."""
    where = filters.conditions
    return Query(f"select sku, location_id {_LEVELS} {where.where}", where.parameters)


def all_of(filters: Filters) -> Query:
    """All levels found."""
    where = filters.conditions
    return Query(f"select {_COLUMNS} {_LEVELS} {where.where}", where.parameters)


def series(sku: str, location_id: str) -> Query:
    """One level with its stock, product and location; no row where the series has none."""
    return Query(
        f"""
    select s.*, p.description, coalesce(s.abc_class, '–') || coalesce(s.xyz_class, '–') as class,
           l.name as location_name,
           coalesce(qty_on_hand, 0) as qty_on_hand, coalesce(qty_reserved, 0) as qty_reserved,
           coalesce(qty_ats, 0) as qty_ats, qty_in_doubt, doubt_reason, coalesce(qty_inbound, 0) as qty_inbound,
           coalesce(qty_moving, 0) as qty_moving, coalesce(qty_position, 0) as qty_position, next_inbound_date,
           coalesce(intervals, 0) as intervals, intervals - intervals_missed as intervals_met, fill_rate_achieved
    {_LEVELS} left join dim_location as l using (location_id)
    left join (
        select sku, location_id, intervals, intervals_missed, fill_rate_achieved from rpt_service
    ) as lived using (sku, location_id)
    where s.is_current and sku = ? and location_id = ?""",  # noqa: S608 - our own texts
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


def locations_of(sku: str) -> Query:
    """Where levels of a SKU are kept."""
    return Query("select location_id from fct_safety_stock where is_current and sku = ? order by location_id", (sku,))


def traits_of(sku: str, location_id: str | None = None) -> Query:
    """What tells the scopes of a SKU's first series, or of the one at a location."""
    return Query(
        """
    select sku, location_id, abc_class, xyz_class, demand_pattern, supplier_id from fct_safety_stock
    where is_current and sku = ? and location_id = coalesce(?, location_id) order by location_id limit 1""",
        (sku, location_id),
    )
