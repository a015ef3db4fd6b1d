{{ config(tags=['ground']) }}

select location_id, name, kind, country, region, timezone, ships_orders, sourcing_rank
from {{ ref('stg_locations') }}
