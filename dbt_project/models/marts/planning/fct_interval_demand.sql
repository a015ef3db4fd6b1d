{{ config(tags=['decisions']) }}

select
    run_id,
    sku,
    location_id,
    protection_days,
    probability,
    qty_demand,
    qty_lead_time_demand
from {{ ref('stg_interval_demand') }}
where run_id in ({{ latest_run(ref('stg_interval_demand')) }})
