{{ config(tags=['ground'], severity='error', meta={'dagster': {'ref': {'name': 'fct_inventory_daily'}}}) }}

with chained as (
    select
        daily.*,
        lag(qty_closing, 1, 0) over (partition by sku, location_id order by business_date) as qty_closing_before
    from {{ ref('fct_inventory_daily') }} as daily
)

select *
from chained
where
    qty_closing <> qty_opening + qty_received + qty_issued + qty_returned + qty_adjusted
    or qty_opening <> qty_closing_before
