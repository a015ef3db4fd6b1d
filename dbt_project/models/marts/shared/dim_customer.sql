{#- Touched customers are forgotten first: one whose only order turned out another's has no row to replace his. -#}
{{ config(
    tags=['decisions'],
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{% if is_incremental() %}delete from {{ this }} where customer_key in ({{ touched_customers() }}){% endif %}"
) }}
{{ builds_after('int_touched_lines') }}
{{ builds_after('int_lines_to_state') }}

with orders as {{ materialized() }} (
    select customer_key, order_id, ship_to_country, placed_at
    from {{ ref('fct_orders') }}
    where customer_key <> ''
    {% if is_incremental() %}
        and customer_key in ({{ touched_customers() }})
    {% endif %}
),

customers as (
    select customer_key, min(placed_at) as first_order_at, max(placed_at) as last_order_at, count(*) as order_count
    from orders
    group by customer_key
),

{#- Of a customer's last instant alone: to rank all that he ever ordered costs more than the rest. -#}
last_orders as (
    select
        orders.customer_key,
        orders.ship_to_country,
        row_number() over (partition by orders.customer_key order by orders.order_id desc) as recency
    from orders
    inner join customers on orders.customer_key = customers.customer_key and orders.placed_at = customers.last_order_at
)

select
    customers.customer_key,
    last_orders.ship_to_country as country,
    customers.first_order_at,
    customers.last_order_at,
    customers.order_count
from customers
inner join last_orders on customers.customer_key = last_orders.customer_key and last_orders.recency = 1
