{#- One row a SKU and location that ever moved or holds a reservation: on hand, and reserved before this run. -#}
{{ config(tags=['ground']) }}

with parts as (
    select sku, location_id, quantity as qty_on_hand, 0 as qty_reserved
    from {{ ref('fct_inventory_postings') }}
    where account = 'on_hand'
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
