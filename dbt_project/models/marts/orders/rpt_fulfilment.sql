{#- How orders were served, by the day on which they were placed: numbers that add up over days and channels. Whether a line
    is due depends on the day on which it is asked, so that days are told anew of which no line has changed. -#}
{% set days = 364 %}
{% set served_anew = is_served_anew() %}
{{ config(
    tags=['decisions'],
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{% if is_incremental() %}delete from {{ this }} where {{ is_served_anew() }} or business_date <= {{ days_after(as_of_date(), -" ~ days ~ ") }}{% endif %}"
) }}
{{ builds_after('int_lines_to_state') }}

{% set on_time_hours = 48 %}
{% set counts = {
    'cancelled': "order_state = 'cancelled'",
    'open': "order_state in ('open', 'held')",
    'fulfilled': 'is_fulfilled',
    'perfect': 'is_fulfilled and is_on_time and qty_cancelled = 0 and shipment_count = 1 and qty_returned = 0',
    'split': 'is_fulfilled and location_count > 1',
} %}

with lines as (
    select
        business_date,
        channel_id,
        qty_ordered - qty_cancelled as qty_wanted,
        backordered_at is null as is_ready,
        case
            when promised_date is null then business_date < {{ days_after(as_of_date(), -2) }}
            else promised_date < {{ as_of_date() }}
        end as is_due,
        line_state = 'fulfilled'
        and case when promised_date is null then hours_to_ship <= {{ on_time_hours }} else days_late = 0 end as is_otif
    from {{ ref('fct_order_lines') }}
    where
        business_date > {{ days_after(as_of_date(), -days) }}
        and {{ served_anew }}
        and fulfilment_method <> 'carry_out'
        and qty_ordered > qty_cancelled
),

served as (
    select
        business_date,
        channel_id,
        {{ sum_bigint('qty_wanted') }} as qty_wanted,
        {{ sum_bigint('case when is_ready then qty_wanted else 0 end') }} as qty_ready,
        count(case when is_due then 1 end) as lines_due,
        count(case when is_due and is_otif then 1 end) as lines_otif
    from lines
    group by business_date, channel_id
),

orders as (
    select
        orders.*,
        order_state = 'fulfilled' as is_fulfilled,
        case when promised_date is null then hours_to_ship <= {{ on_time_hours }} else days_late = 0 end as is_on_time
    from {{ ref('fct_orders') }} as orders
    where business_date > {{ days_after(as_of_date(), -days) }} and {{ served_anew }}
),

done as (
    select
        business_date,
        channel_id,
        count(*) as orders,
        {% for name, condition in counts.items() -%}
        count(case when {{ condition }} then 1 end) as orders_{{ name }},
        {% endfor -%}
        {{ sum_bigint('case when is_fulfilled then shipment_count else 0 end') }} as shipments,
        {#- Whole seconds: a sum of fractions depends on their order. #}
        sum(case when is_fulfilled then coalesce(cast(round(3600 * hours_to_ship) as bigint), 0) else 0 end) / 3600.0
            as hours_to_ship
    from orders
    group by business_date, channel_id
)

{#- A line that was added to an order later is of its own day. #}
select
    coalesce(done.business_date, served.business_date) as business_date,
    coalesce(done.channel_id, served.channel_id) as channel_id,
    {% for name in ['qty_wanted', 'qty_ready', 'lines_due', 'lines_otif'] -%}
    coalesce(served.{{ name }}, 0) as {{ name }},
    {% endfor -%}
    coalesce(done.orders, 0) as orders,
    {% for name in counts -%}
    coalesce(done.orders_{{ name }}, 0) as orders_{{ name }},
    {% endfor -%}
    coalesce(done.shipments, 0) as shipments,
    coalesce(done.hours_to_ship, 0) as hours_to_ship
from done
full outer join served on done.business_date = served.business_date and done.channel_id = served.channel_id
