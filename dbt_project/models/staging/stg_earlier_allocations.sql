{#- Decided before this run decides: what the ground stands on. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='decision_id') }}

select
    {{ concat_id(['run_id', 'order_line_id', 'decision', "coalesce(location_id, '')"]) }}
    || case when decision = 'expired' and release_due_at is not null then ':untold' else '' end as decision_id,
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
    {{ landed_allocations(new_rows(source('earlier', 'allocations'))) }}
) as landed
