{{ config(tags=['decisions'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_orders'}}}) }}

with charged as (
    select order_id, sum(greatest(amount_minor, 0)) as charged_minor
    from {{ ref('stg_order_charges') }}
    group by order_id
)

select orders.order_id, orders.refund_minor, orders.gross_minor, orders.discount_minor, orders.tax_minor, charged.charged_minor
from {{ tested(ref('fct_orders')) }} as orders
left join charged on orders.order_id = charged.order_id
where
    orders.refund_minor
    > orders.gross_minor - orders.discount_minor + orders.tax_minor + coalesce(charged.charged_minor, 0)
