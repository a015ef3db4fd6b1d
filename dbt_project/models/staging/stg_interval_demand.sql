{{ config(tags=['decisions']) }}

select
    run_id,
    sku,
    location_id,
    protection_days,
    probability,
    qty_demand,
    qty_lead_time_demand,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from {{ source('raw', 'interval_demand') }}
