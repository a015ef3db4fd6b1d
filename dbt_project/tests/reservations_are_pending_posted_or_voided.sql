{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_reservations'}}}) }}

{#- Unit by unit: each reserved unit has ended at most once, and what has not ended is what the position calls reserved. -#}
with pending as (
    select sku, location_id, sum(qty_pending) as quantity
    from {{ ref('fct_reservations') }}
    where qty_pending > 0
    group by sku, location_id
),

reserved as (
    select sku, location_id, qty_reserved as quantity
    from {{ ref('fct_inventory_position') }}
    where qty_reserved > 0
)

select coalesce(pending.sku, reserved.sku) as sku, pending.quantity as qty_pending, reserved.quantity as qty_reserved
from pending
full outer join reserved on pending.sku = reserved.sku and pending.location_id = reserved.location_id
where coalesce(pending.quantity, 0) <> coalesce(reserved.quantity, 0)
union all
select sku, qty_pending, qty_reserved
from {{ tested(ref('fct_reservations')) }} as reservations
where qty_reserved <> qty_pending + qty_posted + qty_voided or qty_voided < 0
