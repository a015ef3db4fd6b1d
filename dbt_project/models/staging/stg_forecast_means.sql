{{ config(tags=['decisions']) }}

select
    run_id,
    sku,
    location_id,
    channel_id,
    origin_date,
    target_date,
    qty_mean,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from {{ source('raw', 'forecast_means') }}
