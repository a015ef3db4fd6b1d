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
    currency,
    effective_at,
    business_date
from (
    {{ first_statement(source('raw', 'allocation_runs'), ['run_id']) }}
) as stated
