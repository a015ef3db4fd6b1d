{{ config(tags=['ground'], severity='error', meta={'dagster': {'ref': {'name': 'fct_inventory_daily'}}}) }}

{% set floor = tested_from('stock_from') %}

with chained as (
    select
        daily.*,
        lag(qty_closing, 1, 0) over (partition by sku, location_id order by business_date) as qty_closing_before
    from {{ ref('fct_inventory_daily') }} as daily
    where business_date >= {{ days_after(floor, -1) }}
)

select *
from chained
where
    business_date >= {{ floor }}
    and (
        qty_closing <> qty_opening + qty_received + qty_issued + qty_returned + qty_adjusted
        or qty_opening <> qty_closing_before
    )
