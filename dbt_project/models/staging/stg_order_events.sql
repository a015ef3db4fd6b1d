{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='event_id') }}

select
    {{ concat_id(['source_id', 'event_ref']) }} as event_id,
    {{ concat_id(['source_id', 'corrects_ref']) }} as corrects_id,
    {{ concat_id(['channel_id', 'order_ref', 'order_line_ref']) }} as order_line_id,
    {{ concat_id(['channel_id', 'order_ref']) }} as order_id,
    channel_id,
    event_type,
    quantity,
    amount_minor,
    currency,
    location_id,
    reason,
    fulfilment_method,
    ship_to_country,
    ship_to_region,
    qty_ordered,
    exchange_order_ref,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at,
    load_number
from (
    {{ first_statement(new_rows(source('raw', 'order_events')), ['source_id', 'event_ref']) }}
) as first_stated
