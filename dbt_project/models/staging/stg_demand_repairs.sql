{{ config(tags=['decisions']) }}

select
    run_id,
    demand_date,
    sku,
    location_id,
    kind,
    qty_demand,
    qty_repaired,
    method,
    effective_at,
    known_at
from (
    {{ latest_statement(source('raw', 'demand_repairs'), ['demand_date', 'sku', 'location_id']) }}
) as latest
