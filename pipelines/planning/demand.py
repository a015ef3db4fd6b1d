"""The demand that planning stands on: what was asked for, under the SKU that it is planned as; and planners' overrides.

Belongs here: the queries, against the warehouse or a snapshot. Does not belong here: the demand mart itself
(`dbt_project`), what is learnt from it (`forecasting`).
"""

from __future__ import annotations

#: Columns business_date, sku, location_id, qty_demand, is_stocked_out: `fct_demand_daily`, with what was asked of a SKU
#: that another one replaces as that one's demand. A day is out of stock where neither could be had.
#: In one pass: set aside from the others and added again, DuckDB 1.5 hung on it (read-only, 790,000 rows).
DEMAND = """
    select daily.business_date, coalesce(products.successor_sku, daily.sku) as sku, daily.location_id,
           sum(qty_demand)::bigint as qty_demand, bool_and(is_stocked_out) as is_stocked_out
    from fct_demand_daily as daily
    left join dim_product as products on daily.sku = products.sku
    group by all"""

#: Overrides, under the SKU that is planned.
_STATED = """
    select stated.* exclude (sku), coalesce(named.successor_sku, stated.sku) as sku
    from fct_forecast_overrides as stated left join dim_product as named on stated.sku = named.sku
    where kind <> 'withdrawn'"""

#: `DEMAND`, and a day without demand (`$today`) of each series that nobody has asked for yet, but an override names.
DEMAND_AND_LAUNCHES = f"""
    with demand as ({DEMAND})
    select * from demand
    union all
    select distinct $today::date, sku, location_id, 0, false
    from ({_STATED}) as named
    where is_in_force and sku is not null and location_id is not null
      and not exists (from demand where demand.sku = named.sku and demand.location_id = named.location_id)"""  # noqa: S608 - no value in it

#: One row an override and series that it covers; those of the past are for the back-test. Every series has a row on the
#: last day.
OVERRIDES = f"""
    with stated as ({_STATED}),
    series as (
        select coalesce(successor_sku, daily.sku) as sku, location_id
        from fct_demand_daily as daily left join dim_product as products on daily.sku = products.sku
        where business_date = (select max(business_date) from fct_demand_daily)
        union
        select sku, location_id from stated where sku is not null and location_id is not null
    )
    select override_ref, kind, value, series.sku, series.location_id, first_date, last_date, stated_at,
           known_at::date as known_date
    from stated
    inner join series
        on (stated.sku is null or stated.sku = series.sku)
        and (stated.location_id is null or stated.location_id = series.location_id)
    left join dim_product as products on series.sku = products.sku
    where stated.category is null or stated.category = products.category"""  # noqa: S608 - no value in it
