"""The demand that planning stands on: what was asked for, under the SKU that it is planned as; what is said of coming
days, by series.

Belongs here: the queries, against the warehouse or a snapshot. Does not belong here: the demand mart itself
(`dbt_project`), what is learnt from it (`forecasting`).
"""

from __future__ import annotations

from datetime import date, timedelta

#: Columns business_date, sku, location_id, qty_demand, is_stocked_out, stocked_out_share: `fct_demand_daily` from
#: `$since` on, with what was asked of a SKU that another one replaces as that one's demand. A day is out of stock where
#: neither could be had.
#: In one pass: set aside from the others and added again, DuckDB 1.5 hung on it (read-only, 790,000 rows).
DEMAND = """
    select daily.business_date, coalesce(products.successor_sku, daily.sku) as sku, daily.location_id,
           sum(qty_demand)::bigint as qty_demand, bool_and(is_stocked_out) as is_stocked_out,
           min(stocked_out_share) as stocked_out_share
    from fct_demand_daily as daily
    left join dim_product as products on daily.sku = products.sku
    where business_date >= $since::date
    group by all"""

#: What was asked for lately (91 days up to `$until`), by channel, under the SKU that is planned.
SOLD_BY_CHANNEL = """
    select coalesce(products.successor_sku, lines.sku) as sku, demand_location_id as location_id, channel_id,
           sum(qty_ordered - qty_cancelled)::double as qty_demand
    from int_order_lines as lines left join dim_product as products on lines.sku = products.sku
    where business_date > $until::date - 91 and business_date <= $until::date
    group by all"""

#: Overrides, under the SKU that is planned.
_STATED = """
    select stated.* exclude (sku), coalesce(named.successor_sku, stated.sku) as sku
    from fct_forecast_overrides as stated left join dim_product as named on stated.sku = named.sku
    where kind <> 'withdrawn'"""

#: `DEMAND` up to `$until`, and that day without demand of each series that nobody has asked for yet, but an override
#: names.
DEMAND_AND_LAUNCHES = f"""
    with demand as (select * from ({DEMAND}) where business_date <= $until::date)
    select * from demand
    union all
    select distinct $until::date, sku, location_id, 0, false, 0.0
    from ({_STATED}) as named
    where is_in_force and sku is not null and location_id is not null
      and not exists (from demand where demand.sku = named.sku and demand.location_id = named.location_id)"""  # noqa: S608 - no value in it

#: Places west of UTC whose own day `$until` still runs at `$as_of`; a day ends with its last second.
PLACES_BEHIND = """
    select location_id from dim_location
    where timezone(timezone, ($until::date + 1)::timestamp) > $as_of::timestamptz + interval 1 second"""


def history_from(until: date, days: int) -> date:
    """The first day that planning learns from at `until`: the first of the month so many days before. It moves once a
    month and not daily, as the kept model goes with what it was trained on.
    """
    return (until - timedelta(days=days)).replace(day=1)


def _by_series(stated: str, columns: str) -> str:
    """One row a statement (with sku, location_id and category, each empty for all) and series that it covers. Every
    series of the demand mart has a row on the last day.
    """
    return f"""
    with stated as ({stated}),
    series as (
        select coalesce(successor_sku, daily.sku) as sku, location_id
        from fct_demand_daily as daily left join dim_product as products on daily.sku = products.sku
        where business_date = (select max(business_date) from fct_demand_daily)
        union
        select sku, location_id from stated where sku is not null and location_id is not null
    )
    select series.sku, series.location_id, first_date, last_date, known_at::date as known_date, {columns}
    from stated
    inner join series
        on (stated.sku is null or stated.sku = series.sku)
        and (stated.location_id is null or stated.location_id = series.location_id)
    left join dim_product as products on series.sku = products.sku
    where stated.category is null or stated.category = products.category"""  # noqa: S608 - no value in it


#: One row an override and series that it covers; those of the past are for the back-test.
OVERRIDES = _by_series(_STATED, "override_ref, kind, value, stated_at")

#: One row a planned event and series that it covers, past and coming.
EVENTS = _by_series(
    """
    select planned.* exclude (sku), coalesce(named.successor_sku, planned.sku) as sku
    from fct_planned_events as planned left join dim_product as named on planned.sku = named.sku
    where kind in ('promotion', 'closed')""",
    "kind, coalesce(discount_share, 1.0) as value",
)
