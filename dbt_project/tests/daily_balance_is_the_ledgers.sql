{{ config(tags=['ground'], severity='error', meta={'dagster': {'ref': {'name': 'fct_inventory_daily'}}}) }}

{% set floor = tested_from('stock_from') %}

with sides as (
    select sku, location_id, quantity, case when account = 'blocked' then quantity else 0 end as qty_blocked
    from {{ ref('fct_inventory_postings') }}
    where account in {{ held_accounts() }} and business_date >= {{ floor }} and business_date <= {{ as_of_date() }}
    union all
    select sku, location_id, qty_closing as quantity, qty_blocked
    from {{ ref('fct_inventory_daily') }}
    where business_date = {{ days_after(floor, -1) }}
    union all
    select sku, location_id, -qty_closing as quantity, -qty_blocked as qty_blocked
    from {{ ref('fct_inventory_daily') }}
    where business_date = {{ as_of_date() }}
)

select sku, location_id, sum(quantity) as qty_difference, sum(qty_blocked) as qty_blocked_difference
from sides
group by sku, location_id
having sum(quantity) <> 0 or sum(qty_blocked) <> 0
