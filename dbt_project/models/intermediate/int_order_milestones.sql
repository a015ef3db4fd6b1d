{#- When what first or last happened to a line, by its possible events, and what was refunded of it. -#}
{{ config(tags=['decisions'], materialized='incremental', incremental_strategy='touched', unique_key='order_line_id') }}
{{ builds_after('int_lines_to_state') }}

select
    order_line_id,
    min(case when event_type = 'placed' then business_date end) as business_date,
    {% for type in ['validated', 'held', 'allocated', 'backordered', 'pre_sold', 'released', 'picked', 'packed'] -%}
    min(case when event_type = '{{ type }}' then effective_at end) as {{ type }}_at,
    {% endfor -%}
    {% for type in ['delivered', 'cancelled', 'returned', 'refunded'] -%}
    max(case when event_type = '{{ type }}' then effective_at end) as {{ type }}_at,
    {% endfor -%}
    {{ sum_bigint("case when event_type = 'refunded' then coalesce(amount_minor, 0) else 0 end") }} as refund_minor
from {{ ref('fct_order_events') }} as events
where is_possible and {{ is_touched('events') }}
group by order_line_id
having count(case when event_type = 'placed' then 1 end) > 0
