{#- The way back of an order line, by its events. What came back counts as stated, as it does in fct_order_lines; of the
    other steps only what the line's events allow. -#}
{{ config(
    tags=['decisions'], materialized='incremental', incremental_strategy='touched', unique_key='order_line_id',
    on_schema_change='fail'
) }}
{{ builds_after('int_lines_to_state') }}

with steps as (
    select
        order_line_id, event_id, event_type, quantity, location_id, reason, is_possible, effective_at, business_date
    from {{ ref('fct_order_events') }} as events
    where
        event_type in ('return_requested', 'returned', 'inspected', 'restocked', 'written_off', 'exchanged')
        and {{ is_touched('events') }}
),

returns as (
    select
        order_line_id,
        min(case when event_type in ('return_requested', 'returned', 'exchanged') then business_date end) as business_date,
        {% for type, column in [
            ('return_requested', 'requested'), ('inspected', 'inspected'), ('restocked', 'restocked'),
            ('written_off', 'written_off'), ('exchanged', 'exchanged')
        ] -%}
        {{ sum_bigint("case when event_type = '" ~ type ~ "' and is_possible then quantity else 0 end") }} as qty_{{ column }},
        {% endfor -%}
        min(case when event_type = 'return_requested' and is_possible then effective_at end) as requested_at,
        min(case when is_possible then 1 else 0 end) = 1 as is_possible
    from steps
    group by order_line_id
    having count(case when event_type in ('return_requested', 'returned', 'exchanged') then 1 end) > 0
),

{#- What was said when it first came back, else when it was asked for. -#}
words as (
    select
        order_line_id,
        location_id,
        reason,
        row_number() over (
            partition by order_line_id
            order by case when event_type = 'returned' then 0 else 1 end, effective_at, event_id
        ) as place
    from steps
    where event_type in ('return_requested', 'returned', 'exchanged')
)

select
    returns.order_line_id,
    lines.order_id,
    lines.channel_id,
    lines.sku,
    returns.business_date,
    words.location_id,
    words.reason,
    returns.qty_requested,
    lines.qty_returned,
    returns.qty_inspected,
    returns.qty_restocked,
    returns.qty_written_off,
    returns.qty_exchanged,
    returns.is_possible,
    lines.shipped_at,
    returns.requested_at,
    lines.returned_at,
    lines.refunded_at,
    {{ duration('lines.shipped_at', 'lines.returned_at') }} as hours_to_return,
    {{ duration('lines.returned_at', 'lines.refunded_at') }} as hours_to_refund,
    lines.qty_returned * lines.unit_price_minor
    - {{ share_of_minor('lines.discount_minor', 'lines.qty_returned', 'lines.qty_ordered') }} as net_minor,
    lines.refund_minor,
    lines.currency
from returns
inner join words on returns.order_line_id = words.order_line_id and words.place = 1
inner join {{ ref('fct_order_lines') }} as lines on returns.order_line_id = lines.order_line_id
where {{ is_touched('lines') }}
{{ laid_by_day('returns.') }}
