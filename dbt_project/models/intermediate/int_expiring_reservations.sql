{#- Reservations that their location could not pick, or has not shipped in time: this run ends them and decides their
    lines anew. Of what is reserved, the latest is what was allocated last; a place's days begin when it is told. No rule, no expiry in time. -#}
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
        and {{ days_between('coalesce(cast(allocations.release_due_at as date), allocations.business_date)', as_of_date()) }}
        < pending.reservation_days
    group by pending.order_line_id, pending.location_id
),

{#- What has ended before, for whatever reason, was ended for what was short by then. -#}
ended as (
    select order_line_id, location_id, sum(quantity) as quantity
    from {{ ref('stg_earlier_allocations') }}
    where decision = 'expired' and order_line_id in (select order_line_id from pending)
    group by order_line_id, location_id
),

expiring as (
    select
        pending.order_line_id,
        pending.sku,
        pending.location_id,
        pending.reservation_days,
        case
            when pending.reservation_days is not null
                then greatest(pending.qty_reserved - coalesce(in_time.quantity, 0), 0)
            else 0
        end as qty_late,
        least(
            greatest(coalesce(short.qty_short, 0) - coalesce(ended.quantity, 0), 0), pending.qty_reserved
        ) as qty_short
    from pending
    left join in_time
        on pending.order_line_id = in_time.order_line_id
        and pending.location_id = in_time.location_id
    left join {{ ref('int_short_picks') }} as short
        on pending.order_line_id = short.order_line_id
        and pending.location_id = short.location_id
    left join ended
        on pending.order_line_id = ended.order_line_id
        and pending.location_id = ended.location_id
)

select
    order_line_id,
    sku,
    location_id,
    cast(case when qty_late > qty_short then reservation_days end as bigint) as reservation_days,
    cast(greatest(qty_late, qty_short) as bigint) as qty_expiring
from expiring
where greatest(qty_late, qty_short) > 0
