{#- Touched customers are forgotten first: one whose only order turned out another's has no row to replace his. -#}
{{ config(
    tags=['ground'],
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{% if is_incremental() %}delete from {{ this }} where customer_key in ({{ touched_customers() }}){% endif %}"
) }}
{{ builds_after('int_touched_lines') }}

with lines as (
    select customer_key, order_id, line_ref, ship_to_country, placed_at
    from {{ ref('int_order_lines') }}
    where customer_key <> ''
    {% if is_incremental() %}
        and customer_key in ({{ touched_customers() }})
    {% endif %}
),

customers as (
    select
        customer_key, min(placed_at) as first_order_at, max(placed_at) as last_order_at, count(distinct order_id) as order_count
    from lines
    group by customer_key
),

{#- Of the lines of a customer's last instant alone: to rank all that he ever ordered costs more than the rest. -#}
last_lines as (
    select
        lines.customer_key,
        lines.ship_to_country,
        row_number() over (partition by lines.customer_key order by lines.order_id desc, lines.line_ref desc) as recency
    from lines
    inner join customers on lines.customer_key = customers.customer_key and lines.placed_at = customers.last_order_at
)

select
    customers.customer_key,
    last_lines.ship_to_country as country,
    customers.first_order_at,
    customers.last_order_at,
    customers.order_count
from customers
inner join last_lines on customers.customer_key = last_lines.customer_key and last_lines.recency = 1
