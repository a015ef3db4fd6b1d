{{ config(tags=['decisions']) }}

select
    run_id,
    rules_id,
    rules,
    solver,
    orders,
    lines,
    parcels,
    cost_minor,
    bound_minor,
    greedy_minor,
    lines_reopened,
    lines_moved,
    kept_minor,
    cast(
        case when bound_minor > 0 then round(cast(cost_minor - bound_minor as double) / bound_minor, 6) end as double
    ) as gap,
    currency,
    effective_at as allocated_at,
    business_date
from {{ ref('stg_allocation_runs') }}
