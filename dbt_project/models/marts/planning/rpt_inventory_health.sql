{#- What lies where, judged: too much of it, too little, or for nobody. A drop-shipper's stock is his own to judge. -#}
{{ config(tags=['decisions']) }}

{% set days = 182 %}

with levels as (
    select sku, location_id, xyz_class, qty_safety_stock, qty_order_up_to
    from {{ ref('fct_safety_stock') }}
    where is_current
),

lived as (
    select
        sku,
        location_id,
        min(business_date) as first_date,
        max(case when qty_issued < 0 then business_date end) as last_issued_date
    from {{ ref('fct_inventory_daily') }}
    where business_date > {{ days_after(as_of_date(), -days) }}
    group by sku, location_id
),

stocks as (
    select
        position.*,
        levels.xyz_class,
        levels.qty_order_up_to,
        greatest(position.qty_on_hand - position.qty_blocked, 0) as qty_shelf,
        lived.last_issued_date,
        lived.last_issued_date is null and lived.first_date = {{ days_after(as_of_date(), 1 - days) }} as is_idle
    from {{ ref('fct_inventory_position') }} as position
    left join levels on position.sku = levels.sku and position.location_id = levels.location_id
    left join lived on position.sku = lived.sku and position.location_id = lived.location_id
    left join {{ ref('dim_location') }} as locations on position.location_id = locations.location_id
    where coalesce(locations.kind, '') <> 'drop_shipper'
),

judged as (
    select
        stocks.*,
        case
            when qty_shelf > 0 and is_idle then 'dead'
            when qty_order_up_to is null then 'unplanned'
            when qty_shelf > qty_order_up_to then 'excess'
            when qty_shelf = 0 and qty_order_up_to > 0 then 'out_of_stock'
            when qty_shelf < qty_safety_stock then 'below_safety_stock'
            else 'healthy'
        end as health
    from stocks
    where qty_shelf > 0 or qty_order_up_to > 0
),

measured as (
    select
        judged.*,
        case health when 'dead' then qty_shelf when 'excess' then qty_shelf - qty_order_up_to else 0 end as qty_excess
    from judged
)

select
    sku,
    location_id,
    as_of_date,
    abc_class,
    xyz_class,
    health,
    qty_shelf,
    qty_safety_stock,
    qty_order_up_to,
    qty_excess,
    days_of_cover,
    last_issued_date,
    qty_shelf * unit_cost_minor as shelf_minor,
    qty_excess * unit_cost_minor as excess_minor,
    currency
from measured
