{{ config(tags=['ground']) }}

select
    location_id,
    name,
    kind,
    country,
    region,
    timezone,
    ships_orders,
    sourcing_rank,
    replenished_from,
    capacity_units,
    capacity_litres,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from (
    {{ latest_statement(source('raw', 'locations'), ['location_id']) }}
) as latest
