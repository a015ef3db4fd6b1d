{{ config(tags=['ground']) }}

select
    override_ref,
    kind,
    value,
    sku,
    location_id,
    category,
    first_date,
    last_date,
    event,
    reason,
    kind <> 'withdrawn' and last_date > {{ as_of_date() }} as is_in_force,
    effective_at as stated_at,
    known_at
from {{ ref('stg_forecast_overrides') }}
