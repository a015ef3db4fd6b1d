{{ config(tags=['decisions']) }}

select
    {{ concat_id(['channel_id', 'order_ref', 'line_ref']) }} as order_line_id,
    {{ concat_id(['channel_id', 'order_ref']) }} as order_id,
    run_id,
    channel_id,
    order_ref,
    line_ref,
    sku,
    decision,
    location_id,
    quantity,
    reason_code,
    reason,
    priority,
    decision_rank,
    qty_ats_before,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from (
    {{ first_statement(source('raw', 'allocations'), ['run_id', 'channel_id', 'order_ref', 'line_ref', 'decision', 'location_id']) }}
) as first_stated
