{#- When a line was first stated held, and first stated cancelled: the latest statement alone would forget a hold
    that was released. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='status_id') }}

select
    {{ concat_id(['channel_id', 'order_ref', 'line_ref', 'line_status']) }} as status_id,
    {{ concat_id(['channel_id', 'order_ref', 'line_ref']) }} as order_line_id,
    {{ concat_id(['channel_id', 'order_ref']) }} as order_id,
    line_status,
    quantity,
    status_reason,
    updated_at as effective_at,
    greatest(business_date, cast(updated_at as date)) as business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from (
    {{ first_statement(
        "(select * from " ~ new_rows(source('raw', 'order_lines')) ~ " as stated where line_status in ('held', 'cancelled'))",
        ['channel_id', 'order_ref', 'line_ref', 'line_status']
    ) }}
) as first_stated
