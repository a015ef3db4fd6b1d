{{ config(tags=['decisions']) }}

select
    demand_date as business_date,
    sku,
    location_id,
    kind,
    qty_demand,
    qty_repaired,
    method,
    run_id
from {{ ref('stg_demand_repairs') }}
where kind <> 'none'
