{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='adjustment_id') }}

select
    {{ concat_id(['channel_id', 'adjustment_ref', 'line_ref']) }} as adjustment_id,
    channel_id,
    adjustment_ref,
    line_ref,
    kind,
    order_ref,
    order_line_ref,
    sku,
    quantity,
    unit_price_minor,
    currency,
    customer_key,
    location_id,
    reason,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at,
    load_number
from (
    {{ first_statement(new_rows(source('raw', 'order_adjustments')), ['channel_id', 'adjustment_ref', 'line_ref']) }}
) as first_stated
