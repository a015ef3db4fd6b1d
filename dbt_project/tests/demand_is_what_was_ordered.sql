{{ config(tags=['ground'], severity='error', meta={'dagster': {'ref': {'name': 'fct_demand_daily'}}}) }}

{% set floor = tested_from('demand_from') %}

with lines as (
    select sku, sum(qty_ordered) as qty_ordered, sum(qty_cancelled) as qty_cancelled
    from {{ ref('int_order_lines') }}
    where business_date >= {{ floor }} and business_date <= {{ as_of_date() }}
    group by sku
),

demand as (
    select sku, sum(qty_ordered) as qty_ordered, sum(qty_cancelled) as qty_cancelled
    from {{ ref('fct_demand_daily') }}
    where business_date >= {{ floor }}
    group by sku
)

select coalesce(lines.sku, demand.sku) as sku, lines.qty_ordered, demand.qty_ordered as qty_in_demand
from lines
full outer join demand on lines.sku = demand.sku
where
    coalesce(lines.qty_ordered, 0) <> coalesce(demand.qty_ordered, 0)
    or coalesce(lines.qty_cancelled, 0) <> coalesce(demand.qty_cancelled, 0)
