{{ config(tags=['decisions']) }}

{#- What lies there is as the run found it; what is promised, as it leaves it. -#}
with parts as (
    select
        sku, location_id, qty_on_hand, qty_blocked, qty_sellable, qty_in_doubt, qty_oversell,
        0 as qty_reserved, 0 as qty_inbound
    from {{ ref('int_stock_balance') }}
    union all
    select
        sku, location_id, 0 as qty_on_hand, 0 as qty_blocked, 0 as qty_sellable, 0 as qty_in_doubt, 0 as qty_oversell,
        qty_reserved, 0 as qty_inbound
    from {{ ref('int_reservations') }}
    union all
    select
        sku, location_id, 0 as qty_on_hand, 0 as qty_blocked, 0 as qty_sellable, 0 as qty_in_doubt, 0 as qty_oversell,
        0 as qty_reserved, qty_inbound
    from {{ ref('int_inbound') }}
),

balances as (
    select
        sku,
        location_id,
        {% for name in ['on_hand', 'blocked', 'sellable', 'in_doubt', 'oversell', 'reserved', 'inbound'] -%}
        {{ sum_bigint('qty_' ~ name) }} as qty_{{ name }}{{ ',' if not loop.last }}
        {% endfor -%}
    from parts
    group by sku, location_id
),

safety_stock as (
    select
        levels.sku,
        levels.location_id,
        levels.qty_safety_stock,
        {{ share_of_units('levels.qty_safety_stock', 'coalesce(locations.kept_back_share, 0)') }} as qty_kept_back
    from {{ ref('fct_safety_stock') }} as levels
    left join {{ ref('dim_location') }} as locations on levels.location_id = locations.location_id
    where levels.is_current
),

inbound as (
    select sku, location_id, min(expected_date) as next_inbound_date
    from {{ ref('int_inbound') }}
    group by sku, location_id
),

short as (
    select sku, location_id, {{ sum_bigint('qty_in_doubt') }} as quantity
    from {{ ref('int_short_picks') }}
    group by sku, location_id
),

aside as (
    select sku, location_id, {{ sum_bigint('qty_pegged') }} as qty_set_aside
    from {{ ref('int_pegs') }}
    where supply_type = 'on_hand'
    group by sku, location_id
),

demand as (
    select sku, location_id, cast(sum(qty_demand) as double) / 28 as qty_demand_per_day
    from {{ ref('fct_demand_daily') }}
    where business_date > {{ days_after(as_of_date(), -28) }}
    group by sku, location_id
)

select
    balances.sku,
    balances.location_id,
    {{ as_of_date() }} as as_of_date,
    balances.qty_on_hand,
    balances.qty_blocked,
    balances.qty_reserved,
    coalesce(safety_stock.qty_safety_stock, 0) as qty_safety_stock,
    coalesce(safety_stock.qty_kept_back, 0) as qty_kept_back,
    balances.qty_in_doubt,
    coalesce(
        doubts.doubt_reason,
        case
            when short.quantity > 0
                then cast(short.quantity as {{ type_string() }})
                    || ' units could not be picked here, and nobody has counted since'
        end
    ) as doubt_reason,
    balances.qty_oversell,
    coalesce(aside.qty_set_aside, 0) as qty_set_aside,
    {{ qty_ats(
        'balances.qty_sellable', '(balances.qty_reserved + coalesce(aside.qty_set_aside, 0))',
        'coalesce(safety_stock.qty_kept_back, 0)', 'balances.qty_in_doubt', 'balances.qty_oversell'
    ) }} as qty_ats,
    balances.qty_inbound,
    inbound.next_inbound_date,
    coalesce(demand.qty_demand_per_day, 0) as qty_demand_per_day,
    case
        when demand.qty_demand_per_day > 0 then greatest(balances.qty_sellable, 0) / demand.qty_demand_per_day
    end as days_of_cover,
    coalesce(products.unit_cost_minor, 0) as unit_cost_minor,
    {{ qty_ours('balances.qty_on_hand', 'locations.kind') }} * coalesce(products.unit_cost_minor, 0) as stock_value_minor,
    coalesce(products.currency, 'XXX') as currency,
    coalesce(products.abc_class, 'C') as abc_class
from balances
left join safety_stock on balances.sku = safety_stock.sku and balances.location_id = safety_stock.location_id
left join {{ ref('int_location_doubts') }} as doubts on balances.location_id = doubts.location_id
left join short on balances.sku = short.sku and balances.location_id = short.location_id
left join aside on balances.sku = aside.sku and balances.location_id = aside.location_id
left join inbound on balances.sku = inbound.sku and balances.location_id = inbound.location_id
left join demand on balances.sku = demand.sku and balances.location_id = demand.location_id
left join {{ ref('dim_product') }} as products on balances.sku = products.sku
left join {{ ref('dim_location') }} as locations on balances.location_id = locations.location_id
