{#- A fact leaves when its line comes, and joins the line's history by itself. -#}
{{ config(
    tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='fact_id', on_schema_change='fail',
    pre_hook="{% if is_incremental() %}delete from {{ this }} where order_line_id in (
        select {{ concat_id(['channel_id', 'order_ref', 'line_ref']) }} from {{ new_rows(source('raw', 'order_lines')) }} as stated
    ){% endif %}"
) }}

with facts as (
    select
        movement_id as fact_id, kind as fact_type, order_line_id, order_id, quantity,
        effective_at, known_at, business_date, feed, file_sha256, row_number
    from {{ new_rows(ref('stg_stock_movements')) }} as movements
    where order_line_id is not null
    union all
    select
        event_id as fact_id, event_type as fact_type, order_line_id, order_id, quantity,
        effective_at, known_at, business_date, feed, file_sha256, row_number
    from {{ new_rows(ref('stg_order_events')) }} as events
    union all
    select
        adjustment_id as fact_id, kind as fact_type,
        {{ concat_id(['channel_id', 'order_ref', 'order_line_ref']) }} as order_line_id,
        {{ concat_id(['channel_id', 'order_ref']) }} as order_id, quantity,
        effective_at, known_at, business_date, feed, file_sha256, row_number
    from {{ new_rows(ref('stg_order_adjustments')) }} as adjustments
    where order_ref is not null and order_line_ref is not null
)

select
    facts.fact_id,
    facts.fact_type,
    facts.order_line_id,
    facts.order_id,
    facts.quantity,
    facts.effective_at,
    facts.known_at,
    facts.business_date,
    facts.feed,
    facts.file_sha256,
    facts.row_number
from facts
left join {{ ref('stg_order_lines') }} as lines on facts.order_line_id = lines.order_line_id
where lines.order_line_id is null
