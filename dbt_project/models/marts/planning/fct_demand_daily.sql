{{ config(tags=['ground'], materialized='incremental', incremental_strategy='restate', on_schema_change='fail', meta={'restated_by': 'demand_from'}) }}
{% set floor = restate_floor('demand_from') %}

with demanded as (
    select
        sku,
        demand_location_id as location_id,
        business_date,
        sum(qty_ordered) as qty_ordered,
        sum(qty_cancelled) as qty_cancelled
    from {{ ref('int_order_lines') }}
    where business_date >= {{ floor }}
    group by sku, demand_location_id, business_date
),

returned as (
    select
        lines.sku,
        lines.demand_location_id as location_id,
        returns.business_date,
        sum(returns.quantity) as qty_returned
    from {{ ref('int_order_returns') }} as returns
    inner join {{ ref('int_order_lines') }} as lines on returns.order_line_id = lines.order_line_id
    where returns.business_date >= {{ floor }}
    group by lines.sku, lines.demand_location_id, returns.business_date
),

series as (
    select sku, location_id, min(business_date) as first_date
    from (
        select sku, location_id, business_date from demanded
        {%- if is_incremental() %}
        union all
        select sku, location_id, business_date
        from {{ this }}
        where business_date = {{ days_after(floor, -1) }}
        {%- endif %}
    ) as known
    group by sku, location_id
),

days as (
    select calendar.date_day as business_date, series.sku, series.location_id
    from series
    inner join {{ ref('dim_date') }} as calendar on calendar.date_day >= series.first_date
    where calendar.date_day >= {{ floor }} and calendar.date_day <= {{ as_of_date() }}
)

select
    days.business_date,
    days.sku,
    days.location_id,
    cast(coalesce(demanded.qty_ordered, 0) as bigint) as qty_ordered,
    cast(coalesce(demanded.qty_cancelled, 0) as bigint) as qty_cancelled,
    cast(coalesce(demanded.qty_ordered - demanded.qty_cancelled, 0) as bigint) as qty_demand,
    cast(coalesce(returned.qty_returned, 0) as bigint) as qty_returned,
    coalesce(stock.is_stocked_out, false) as is_stocked_out,
    coalesce(stock.stocked_out_share, 0.0) as stocked_out_share
from days
left join demanded
    on days.sku = demanded.sku
    and days.location_id = demanded.location_id
    and days.business_date = demanded.business_date
left join returned
    on days.sku = returned.sku
    and days.location_id = returned.location_id
    and days.business_date = returned.business_date
left join {{ ref('fct_inventory_daily') }} as stock
    on days.sku = stock.sku
    and days.location_id = stock.location_id
    and days.business_date = stock.business_date
{{ laid_by_day('days.') }}
