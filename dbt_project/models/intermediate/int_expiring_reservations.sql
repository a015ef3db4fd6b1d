{#- Reservations that their location has not shipped in time: this run ends them and decides their lines anew. Of what is
    reserved, the latest is what was allocated last. No rule, no expiry. -#}
{{ config(tags=['ground']) }}

with pending as (
    select
        reservations.order_line_id,
        reservations.sku,
        reservations.location_id,
        reservations.qty_reserved,
        {{ rule_value('reservation_days', ['location_id'], 'null') }} as reservation_days
    from {{ ref('int_earlier_reservations') }} as reservations
    {{ join_rules('reservation_days', 'reservations', ['location_id']) }}
    where reservations.qty_reserved > 0
),

in_time as (
    select pending.order_line_id, pending.location_id, sum(allocations.quantity) as quantity
    from pending
    inner join {{ ref('stg_earlier_allocations') }} as allocations
        on pending.order_line_id = allocations.order_line_id
        and pending.location_id = allocations.location_id
        and allocations.decision = 'allocated'
        and {{ days_between('allocations.business_date', as_of_date()) }} < pending.reservation_days
    group by pending.order_line_id, pending.location_id
),

expiring as (
    select
        pending.order_line_id,
        pending.sku,
        pending.location_id,
        pending.reservation_days,
        cast(greatest(pending.qty_reserved - coalesce(in_time.quantity, 0), 0) as bigint) as qty_expiring
    from pending
    left join in_time
        on pending.order_line_id = in_time.order_line_id
        and pending.location_id = in_time.location_id
    where pending.reservation_days is not null
)

select order_line_id, sku, location_id, cast(reservation_days as bigint) as reservation_days, qty_expiring
from expiring
where qty_expiring > 0
