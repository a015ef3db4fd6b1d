{{ config(tags=['ground']) }}

select
    locations.location_id,
    locations.name,
    locations.kind,
    locations.country,
    locations.region,
    locations.timezone,
    locations.ships_orders,
    locations.sourcing_rank,
    locations.replenished_from,
    locations.capacity_units,
    locations.capacity_litres,
    {#- Elsewhere all demand is orders: they are what safety stock is there for. -#}
    {{ rule_value('kept_back_share', ['location_id'], "case when locations.kind = 'store' then 1.0 else 0.0 end") }}
        as kept_back_share
from {{ ref('stg_locations') }} as locations
{{ join_rules('kept_back_share', 'locations', ['location_id']) }}
