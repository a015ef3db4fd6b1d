{{ config(tags=['ground']) }}

{% set said = since_first_said(source('raw', 'forecast_overrides'), [
    'override_ref', 'kind', 'value', 'sku', 'location_id', 'category', 'first_date', 'last_date'
]) %}

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
    first_known_at as known_at
from (
    {{ latest_statement(said, ['override_ref']) }}
) as latest
