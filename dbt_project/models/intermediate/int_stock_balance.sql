{#- One row a SKU and location that ever moved or holds a reservation: on hand, and reserved before this run. -#}
{{ config(tags=['ground']) }}

with parts as (
    select sku, location_id, qty_closing as qty_on_hand, 0 as qty_reserved
    from {{ ref('fct_inventory_daily') }}
    where business_date = {{ as_of_date() }}
    union all
    select sku, location_id, 0 as qty_on_hand, qty_reserved
    from {{ ref('int_earlier_reservations') }}
)

select
    sku,
    location_id,
    {{ sum_bigint('qty_on_hand') }} as qty_on_hand,
    {{ sum_bigint('qty_reserved') }} as qty_reserved
from parts
group by sku, location_id
