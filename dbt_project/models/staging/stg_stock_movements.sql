{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='movement_id') }}

select
    {{ concat_id(["'movement'", 'location_id', 'movement_ref', 'line_ref']) }} as movement_id,
    {{ concat_id(['channel_id', 'order_ref', 'order_line_ref']) }} as order_line_id,
    {{ concat_id(['channel_id', 'order_ref']) }} as order_id,
    movement_ref,
    line_ref,
    kind,
    sku,
    location_id,
    quantity,
    disposition,
    reason,
    po_ref,
    channel_id,
    order_ref,
    order_line_ref,
    counterparty_location_id,
    lot_ref,
    serial_ref,
    carrier,
    tracking_ref,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at,
    load_number
from (
    {{ first_statement(new_rows(source('raw', 'stock_movements')), ['location_id', 'movement_ref', 'line_ref']) }}
) as first_stated
