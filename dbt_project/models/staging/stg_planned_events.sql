{{ config(tags=['ground']) }}

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
    known_at
from (
    {{ latest_statement(source('raw', 'planned_events'), ['event_ref']) }}
) as latest
