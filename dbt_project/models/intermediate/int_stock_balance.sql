{#- One row a SKU and location that ever moved or holds a reservation: on hand, what of it is in doubt, and
    reserved before this run, less what it lets expire. -#}
{{ config(tags=['ground']) }}

with parts as (
    select sku, location_id, qty_closing as qty_on_hand, 0 as qty_reserved, 0 as qty_short
    from {{ ref('fct_inventory_daily') }}
    where business_date = {{ as_of_date() }}
    union all
    select sku, location_id, 0 as qty_on_hand, qty_reserved, 0 as qty_short
    from {{ ref('int_kept_reservations') }}
    union all
    select sku, location_id, 0 as qty_on_hand, 0 as qty_reserved, qty_in_doubt as qty_short
    from {{ ref('int_short_picks') }}
)

select
    parts.sku,
    parts.location_id,
    {{ sum_bigint('parts.qty_on_hand') }} as qty_on_hand,
    {{ sum_bigint('parts.qty_reserved') }} as qty_reserved,
    {{ qty_in_doubt(sum_bigint('parts.qty_on_hand'), 'max(doubts.doubt_share)', sum_bigint('parts.qty_short')) }}
        as qty_in_doubt
from parts
left join {{ ref('int_location_doubts') }} as doubts on parts.location_id = doubts.location_id
group by parts.sku, parts.location_id
