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
    currency,
    effective_at,
    business_date
from (
    {{ first_statement(source('raw', 'allocation_runs'), ['run_id']) }}
) as stated
