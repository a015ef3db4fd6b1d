{#- One row a SKU and location that ever moved or holds a reservation: on hand, what of it is for sale or in doubt, by how
    much it may be oversold, and reserved before this run, less what it lets expire. On hand is what is known to have
    happened: where the next day has begun already, that day's movements, too. -#}
{{ config(tags=['ground']) }}

with parts as (
    select sku, location_id, qty_closing as qty_on_hand, qty_blocked, 0 as qty_reserved, 0 as qty_short
    from {{ ref('fct_inventory_daily') }}
    where business_date = {{ as_of_date() }}
    union all
    select sku, location_id, quantity as qty_on_hand, qty_blocked, 0 as qty_reserved, 0 as qty_short
    from ({{ moved_since() }}) as moved
    union all
    select sku, location_id, 0 as qty_on_hand, 0 as qty_blocked, qty_reserved, 0 as qty_short
    from {{ ref('int_kept_reservations') }}
    union all
    select sku, location_id, 0 as qty_on_hand, 0 as qty_blocked, 0 as qty_reserved, qty_in_doubt as qty_short
    from {{ ref('int_short_picks') }}
),

balances as (
    select
        sku,
        location_id,
        {{ sum_bigint('qty_on_hand') }} as qty_on_hand,
        {{ sum_bigint('qty_blocked') }} as qty_blocked,
        {{ sum_bigint('qty_reserved') }} as qty_reserved,
        {{ sum_bigint('qty_short') }} as qty_short
    from parts
    group by sku, location_id
)

select
    balances.sku,
    balances.location_id,
    balances.qty_on_hand,
    balances.qty_blocked,
    {{ qty_sellable() }} as qty_sellable,
    balances.qty_reserved,
    {{ qty_in_doubt(qty_sellable(), 'doubts.doubt_share', 'balances.qty_short') }} as qty_in_doubt,
    cast({{ rule_value('oversell_units', ['sku', 'location_id'], 0) }} as bigint) as qty_oversell
from balances
left join {{ ref('int_location_doubts') }} as doubts on balances.location_id = doubts.location_id
{{ join_rules('oversell_units', 'balances', ['sku', 'location_id']) }}
