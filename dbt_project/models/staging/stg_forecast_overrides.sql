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
    effective_at,
    known_at
from (
    {{ latest_statement(source('raw', 'forecast_overrides'), ['override_ref']) }}
) as latest
