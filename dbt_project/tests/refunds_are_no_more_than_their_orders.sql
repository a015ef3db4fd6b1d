{{ config(tags=['decisions'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_orders'}}}) }}

{#- Hardly any order is refunded more than its lines cost: of these alone one need look for what else was charged. -#}
with orders as (
    select * from {{ tested(ref('fct_orders')) }} as tested_orders
    where refund_minor > gross_minor - discount_minor + tax_minor
),

charged as (
    select order_id, sum(greatest(amount_minor, 0)) as charged_minor
    from {{ ref('stg_order_charges') }}
    where order_id in (select order_id from orders)
    group by order_id
)

select orders.order_id, orders.refund_minor, orders.gross_minor, orders.discount_minor, orders.tax_minor, charged.charged_minor
from orders
left join charged on orders.order_id = charged.order_id
where
    orders.refund_minor
    > orders.gross_minor - orders.discount_minor + orders.tax_minor + coalesce(charged.charged_minor, 0)
