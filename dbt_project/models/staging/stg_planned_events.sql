{{ config(tags=['ground']) }}

{% set said = since_first_said(source('raw', 'planned_events'), [
    'event_ref', 'kind', 'discount_share', 'sku', 'location_id', 'category', 'first_date', 'last_date'
]) %}

select
    event_ref,
    kind,
    discount_share,
    sku,
    location_id,
    category,
    first_date,
    last_date,
    name,
    effective_at,
    first_known_at as known_at
from (
    {{ latest_statement(said, ['event_ref']) }}
) as latest
