{{ config(tags=['decisions']) }}

with pegged as (
    select
        supply_type, supply_ref, location_id, sku,
        sum(qty_pegged) as qty_pegged, {{ sum_bigint('qty_pre_sold') }} as qty_pre_sold
    from {{ ref('int_pegs') }}
    group by supply_type, supply_ref, location_id, sku
),

pre_sell as (
    select supply_type, supply_ref, location_id, sku, max(qty_pre_sell) as qty_pre_sell
    from {{ ref('int_pre_sell') }}
    group by supply_type, supply_ref, location_id, sku
),

supply as (
    select
        sku, location_id, {{ as_of_date() }} as available_date, 'on_hand' as supply_type, 'on hand' as supply_ref,
        {{ as_of_date() }} as expected_date, qty_ats as qty_supply, 0 as qty_pegged,
        cast(0 as bigint) as qty_pre_sold, cast(0 as bigint) as qty_pre_sell
    from {{ ref('fct_inventory_position') }}
    union all
    select
        dated.sku, dated.location_id, dated.available_date, dated.supply_type, dated.supply_ref,
        dated.expected_date, dated.qty_supply, coalesce(pegged.qty_pegged, 0) as qty_pegged,
        coalesce(pegged.qty_pre_sold, 0) as qty_pre_sold, coalesce(pre_sell.qty_pre_sell, 0) as qty_pre_sell
    from {{ ref('int_dated_supply') }} as dated
    left join pegged
        on dated.supply_type = pegged.supply_type
        and dated.supply_ref = pegged.supply_ref
        and dated.location_id = pegged.location_id
        and dated.sku = pegged.sku
    left join pre_sell
        on dated.supply_type = pre_sell.supply_type
        and dated.supply_ref = pre_sell.supply_ref
        and dated.location_id = pre_sell.location_id
        and dated.sku = pre_sell.sku
)

select
    sku,
    location_id,
    available_date,
    supply_type,
    supply_ref,
    expected_date,
    qty_supply,
    cast(qty_pegged as bigint) as qty_pegged,
    qty_pre_sold,
    qty_pre_sell,
    cast(sum(qty_supply - qty_pegged) over (
        partition by sku, location_id
        order by available_date, supply_type, supply_ref
        rows between unbounded preceding and current row
    ) as bigint) as qty_atp
from supply
