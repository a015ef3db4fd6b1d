{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_inventory_position'}}}) }}

with sides as (
    select sku, location_id, qty_closing as quantity, qty_blocked
    from {{ ref('fct_inventory_daily') }}
    where business_date = {{ as_of_date() }}
    union all
    {{ moved_since() }}
    union all
    select sku, location_id, -qty_on_hand as quantity, -qty_blocked as qty_blocked
    from {{ ref('fct_inventory_position') }}
)

select sku, location_id, sum(quantity) as qty_difference, sum(qty_blocked) as qty_blocked_difference
from sides
group by sku, location_id
having sum(quantity) <> 0 or sum(qty_blocked) <> 0
