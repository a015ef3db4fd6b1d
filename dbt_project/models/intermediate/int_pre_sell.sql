{#- What channels may still sell ahead of supply, after this run. -#}
{{ config(tags=['decisions'], materialized='view') }}

with pegged as (
    select
        supply_type, supply_ref, sku, location_id,
        {{ sum_bigint('qty_pegged') }} as qty_pegged,
        {{ sum_bigint('qty_pre_sold') }} as qty_pre_sold
    from {{ ref('int_pegs') }}
    group by supply_type, supply_ref, sku, location_id
),

open as (
    select
        terms.*,
        supply.available_date,
        supply.qty_supply,
        coalesce(pegged.qty_pegged, 0) as qty_pegged,
        coalesce(pegged.qty_pre_sold, 0) as qty_pre_sold
    from {{ ref('int_pre_sell_terms') }} as terms
    inner join {{ ref('int_dated_supply') }} as supply
        on terms.supply_type = supply.supply_type
        and terms.supply_ref = supply.supply_ref
        and terms.sku = supply.sku
        and terms.location_id = supply.location_id
    left join pegged
        on terms.supply_type = pegged.supply_type
        and terms.supply_ref = pegged.supply_ref
        and terms.sku = pegged.sku
        and terms.location_id = pegged.location_id
)

select
    supply_type,
    supply_ref,
    sku,
    location_id,
    channel_id,
    available_date,
    cast({{ qty_pre_sell() }} as bigint) as qty_pre_sell
from open
