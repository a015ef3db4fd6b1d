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
    capacity_litres
from {{ ref('stg_locations') }}
