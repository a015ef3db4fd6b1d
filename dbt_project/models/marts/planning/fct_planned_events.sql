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
    kind <> 'withdrawn' and last_date > {{ as_of_date() }} as is_in_force,
    effective_at as stated_at,
    known_at
from {{ ref('stg_planned_events') }}
