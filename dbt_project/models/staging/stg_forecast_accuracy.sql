{{ config(tags=['decisions']) }}

select
    run_id,
    origin_date,
    model,
    segment,
    metric,
    value,
    series_count,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from {{ source('raw', 'forecast_accuracy') }}
