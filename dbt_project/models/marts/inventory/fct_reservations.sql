{#- A reservation is made by a run and ends unit by unit: posted when its location ships, voided when the line is shipped
    from elsewhere, cancelled or held no more; what has not ended is pending. Shipments end the earliest first, so what
    is pending belongs to the latest. -#}
{{ config(
    tags=['decisions'], materialized='incremental', incremental_strategy='touched', unique_key='order_line_id',
    on_schema_change='fail'
) }}
{{ builds_after('int_lines_to_state') }}

with reserved as (
    select
        allocations.*,
        min(effective_at) over (partition by order_line_id) as first_allocated_at,
        sum(quantity) over (
            partition by order_line_id, location_id
            order by effective_at, run_id
            rows between unbounded preceding and current row
        ) as qty_until,
        sum(quantity) over (partition by order_line_id, location_id) as qty_in_all
    from {{ ref('stg_allocations') }} as allocations
    where decision = 'allocated' and {{ is_touched('allocations') }}
),

shipped as (
    select reserved.order_line_id, reserved.location_id, reserved.run_id,
        sum(shipments.quantity) as qty_shipped, max(shipments.effective_at) as last_shipped_at
    from reserved
    inner join {{ ref('int_order_shipments') }} as shipments
        on reserved.order_line_id = shipments.order_line_id
        and reserved.location_id = shipments.location_id
        and shipments.known_at > reserved.first_allocated_at
    where {{ is_touched('shipments') }}
    group by reserved.order_line_id, reserved.location_id, reserved.run_id
),

posted as (
    select
        reserved.*,
        shipped.last_shipped_at,
        least(
            greatest(coalesce(shipped.qty_shipped, 0) - (reserved.qty_until - reserved.quantity), 0), reserved.quantity
        ) as qty_posted
    from reserved
    left join shipped
        on reserved.order_line_id = shipped.order_line_id
        and reserved.location_id = shipped.location_id
        and reserved.run_id = shipped.run_id
),

pending as (
    select
        posted.*,
        least(
            greatest(coalesce(open.qty_reserved, 0) - (posted.qty_in_all - posted.qty_until), 0),
            posted.quantity - posted.qty_posted
        ) as qty_pending
    from posted
    left join {{ ref('int_reservations') }} as open
        on posted.order_line_id = open.order_line_id
        and posted.location_id = open.location_id
        and posted.sku = open.sku
),

{#- So does what no document has asked its location for yet. -#}
untold as (
    select
        pending.*,
        least(
            greatest(
                coalesce(unreleased.qty_unreleased, 0) - coalesce(sum(pending.qty_pending) over (
                    partition by pending.order_line_id, pending.location_id
                    order by pending.effective_at desc, pending.run_id desc
                    rows between unbounded preceding and 1 preceding
                ), 0),
                0
            ),
            pending.qty_pending
        ) as qty_unreleased
    from pending
    left join {{ ref('int_unreleased') }} as unreleased
        on pending.order_line_id = unreleased.order_line_id
        and pending.location_id = unreleased.location_id
        and pending.sku = unreleased.sku
),

expired as (
    select order_line_id, location_id, max(effective_at) as expired_at
    from {{ ref('stg_allocations') }} as allocations
    where decision = 'expired' and {{ is_touched('allocations') }}
    group by order_line_id, location_id
)

select
    {{ concat_id(['untold.order_line_id', 'untold.location_id', 'run_id']) }} as reservation_id,
    untold.run_id,
    untold.order_line_id,
    untold.order_id,
    untold.sku,
    untold.location_id,
    untold.quantity as qty_reserved,
    cast(qty_pending as bigint) as qty_pending,
    cast(qty_unreleased as bigint) as qty_unreleased,
    cast(qty_posted as bigint) as qty_posted,
    cast(untold.quantity - qty_pending - qty_posted as bigint) as qty_voided,
    case
        when qty_pending > 0 then 'pending'
        when qty_posted > 0 then 'posted'
        when expired.expired_at > untold.effective_at then 'expired'
        else 'voided'
    end as reservation_state,
    untold.effective_at as reserved_at,
    case when qty_posted > 0 then last_shipped_at end as posted_at,
    untold.business_date
from untold
left join expired on untold.order_line_id = expired.order_line_id and untold.location_id = expired.location_id
