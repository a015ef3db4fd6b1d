{#- How orders were served, by the day on which they were placed. A view: it is published by months, and only the months in
    which an order has changed are reckoned anew. -#}
{{ config(tags=['decisions'], materialized='view', meta={'proven_by': 'day'}) }}

{% set counts = {
    'cancelled': "order_state = 'cancelled'",
    'open': "order_state in ('open', 'held')",
    'fulfilled': 'is_fulfilled',
    'in_full': 'is_fulfilled and is_in_full',
    'promised': 'is_fulfilled and days_late is not null',
    'on_time': 'is_fulfilled and days_late = 0',
    'otif': 'is_fulfilled and days_late = 0 and is_in_full',
    'perfect': 'is_fulfilled and days_late = 0 and is_in_full and shipment_count = 1 and qty_returned = 0',
    'split': 'is_fulfilled and location_count > 1',
} %}

with orders as (
    select
        orders.*,
        order_state = 'fulfilled' as is_fulfilled,
        qty_cancelled = 0 as is_in_full
    from {{ ref('fct_orders') }} as orders
)

select
    business_date,
    channel_id,
    count(*) as orders,
    {% for name, condition in counts.items() -%}
    count(case when {{ condition }} then 1 end) as orders_{{ name }},
    {% endfor -%}
    {{ sum_bigint('case when is_fulfilled then shipment_count else 0 end') }} as shipments,
    {#- Sums of fractions depend on their order. -#}
    {% for name in ['hours_to_allocate', 'hours_to_ship'] %}
    round(sum(case when is_fulfilled then coalesce({{ name }}, 0) else 0 end), 2) as {{ name }},
    {%- endfor %}
    {{ sum_bigint('line_count') }} as lines,
    {% for name in ['ordered', 'cancelled', 'fulfilled', 'returned'] -%}
    {{ sum_bigint('qty_' ~ name) }} as qty_{{ name }}{{ ',' if not loop.last }}
    {% endfor -%}
from orders
group by business_date, channel_id
