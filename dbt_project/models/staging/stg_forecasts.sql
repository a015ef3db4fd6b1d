{{ config(tags=['decisions']) }}

select
    run_id,
    sku,
    location_id,
    origin_date,
    horizon_days,
    target_date,
    quantile,
    qty_forecast,
    qty_unaltered,
    model,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from {{ source('raw', 'forecasts') }}
