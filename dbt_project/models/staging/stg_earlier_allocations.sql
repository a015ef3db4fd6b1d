{#- Allocations of earlier runs: all that are landed when the ground is built. Declared apart from `raw.allocations`,
    which this run's decisions write, so that the graph has no circle. -#}
{{ config(tags=['ground']) }}

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
    {{ first_statement(source('earlier', 'allocations'), ['run_id', 'channel_id', 'order_ref', 'line_ref', 'decision', 'location_id']) }}
) as first_stated
