{{ config(tags=['ground']) }}

with orders as (
    select
        customer_key,
        order_id,
        ship_to_country,
        placed_at,
        row_number() over (
            partition by customer_key
            order by placed_at desc, order_id desc, line_ref desc
        ) as recency
    from {{ ref('int_order_lines') }}
    where customer_key <> ''
)

select
    customer_key,
    min(case when recency = 1 then ship_to_country end) as country,
    min(placed_at) as first_order_at,
    max(placed_at) as last_order_at,
    count(distinct order_id) as order_count
from orders
group by customer_key
