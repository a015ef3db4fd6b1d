{#- All decisions: the earlier ones, and what has been landed since the ground was built. -#}
{{ config(tags=['decisions'], materialized='view') }}

select
    order_line_id,
    order_id,
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
    cost_minor,
    alternative_location_id,
    alternative_cost_minor,
    release_due_at,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at,
    load_number
from {{ ref('stg_earlier_allocations') }}

union all

select
    order_line_id,
    order_id,
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
    cost_minor,
    alternative_location_id,
    alternative_cost_minor,
    release_due_at,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at,
    load_number
from (
    {{ landed_allocations(
        "(select * from " ~ source('raw', 'allocations') ~ " where load_number > (select max(ground_load) from "
        ~ source('raw', 'run') ~ "))"
    ) }}
) as landed
