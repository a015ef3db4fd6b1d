{{ config(tags=['decisions']) }}

select
    {{ concat_id(['order_line_id', 'location_id', 'run_id']) }} as allocation_id,
    run_id,
    order_line_id,
    order_id,
    sku,
    location_id,
    quantity as qty_allocated,
    reason_code,
    reason,
    priority,
    decision_rank,
    qty_ats_before,
    cost_minor,
    alternative_location_id,
    alternative_cost_minor,
    effective_at as allocated_at,
    business_date
from {{ ref('stg_allocations') }}
where decision = 'allocated'
