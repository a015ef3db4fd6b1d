{{ config(
    tags=['decisions'], materialized='incremental', incremental_strategy='touched', unique_key='order_line_id',
    on_schema_change='fail'
) }}
{{ builds_after('int_lines_to_state') }}

{#- What a location has not been told of belongs to its latest allocations: the earlier ones were told of first. -#}
with allocated as (
    select
        decided.*,
        sum(quantity) over (
            partition by order_line_id, sku, location_id
            order by effective_at desc, run_id desc
            rows between unbounded preceding and current row
        ) as qty_running
    from {{ ref('stg_allocations') }} as decided
    where decision = 'allocated' and {{ is_touched('decided') }}
)

select
    {{ concat_id(['allocated.order_line_id', 'allocated.location_id', 'run_id']) }} as allocation_id,
    allocated.run_id,
    allocated.order_line_id,
    allocated.order_id,
    allocated.sku,
    allocated.location_id,
    allocated.quantity as qty_allocated,
    allocated.reason_code,
    allocated.reason,
    allocated.priority,
    allocated.decision_rank,
    allocated.qty_ats_before,
    allocated.cost_minor,
    allocated.alternative_location_id,
    allocated.alternative_cost_minor,
    allocated.release_due_at,
    cast(
        greatest(
            least(coalesce(open.qty_unreleased, 0) - (allocated.qty_running - allocated.quantity), allocated.quantity), 0
        ) as bigint
    ) as qty_unreleased,
    allocated.effective_at as allocated_at,
    allocated.business_date
from allocated
left join {{ ref('int_unreleased') }} as open
    on allocated.order_line_id = open.order_line_id
    and allocated.sku = open.sku
    and allocated.location_id = open.location_id
