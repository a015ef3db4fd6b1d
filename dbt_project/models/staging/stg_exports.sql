{{ config(tags=['decisions'], materialized='incremental', incremental_strategy='once', unique_key='export_line_id') }}

select
    {{ concat_id(['export_id', 'cast(line_number as ' ~ type_string() ~ ')']) }} as export_line_id,
    {{ concat_id(['channel_id', 'order_ref', 'line_ref']) }} as order_line_id,
    {{ concat_id(['channel_id', 'order_ref']) }} as order_id,
    export_id,
    line_number,
    run_id,
    partner_id,
    location_id,
    wave,
    document_type,
    revision,
    channel_id,
    order_ref,
    line_ref,
    sku,
    quantity,
    file_name,
    document_sha256,
    control_number,
    release_due_at,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at,
    load_number
from (
    {{ first_statement(new_rows(source('raw', 'exports')), ['export_id', 'line_number']) }}
) as first_stated
