{#- A reservation is made by a run and ends unit by unit: posted when its location ships, voided when the line is shipped
    from elsewhere, cancelled or held no more; what has not ended is pending. Shipments and expiries end the earliest first,
    in the order in which they were known, so what is pending belongs to the latest. What was shipped beyond all that was
    reserved by then ends nothing that is reserved after it. -#}
{{ config(
    tags=['decisions'], materialized='incremental', incremental_strategy='touched', unique_key='order_line_id',
    on_schema_change='fail'
) }}
{{ builds_after('int_lines_to_state') }}

with decided as (
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

ends as (
    select order_line_id, location_id, 'shipped' as ending, movement_id as ended_by, quantity, effective_at, known_at
    from {{ ref('int_order_shipments') }} as shipments
    where {{ is_touched('shipments') }}
    union all
    {# Not those of what the location had not been told of: of that the latest goes first. #}
    select order_line_id, location_id, 'expired' as ending, run_id as ended_by, quantity, effective_at, known_at
    from {{ ref('stg_allocations') }} as allocations
    where decision = 'expired' and release_due_at is null and {{ is_touched('allocations') }}
),

ended as (
    select
        ends.*,
        sum(ends.quantity) over (
            partition by ends.order_line_id, ends.location_id
            order by ends.known_at, ends.ending desc, ends.effective_at, ends.ended_by
            rows between unbounded preceding and current row
        ) as qty_until
    from ends
    inner join (
        select order_line_id, min(first_allocated_at) as first_allocated_at from decided group by order_line_id
    ) as allocated
        on ends.order_line_id = allocated.order_line_id and ends.known_at > allocated.first_allocated_at
),

{#- Where each lies among all units that end: after what was reserved before, and after what had ended by then. -#}
reserved as (
    select
        by_then.*,
        qty_until + greatest(
            max(qty_ended - (qty_until - quantity)) over (
                partition by order_line_id, location_id
                order by effective_at, run_id
                rows between unbounded preceding and current row
            ),
            0
        ) as place_until
    from (
        select decided.*, coalesce(ended_by_then.quantity, 0) as qty_ended
        from decided
        left join (
            select decided.order_line_id, decided.location_id, decided.run_id, sum(ended.quantity) as quantity
            from decided
            inner join ended
                on decided.order_line_id = ended.order_line_id
                and decided.location_id = ended.location_id
                and ended.known_at <= decided.effective_at
            group by decided.order_line_id, decided.location_id, decided.run_id
        ) as ended_by_then
            on decided.order_line_id = ended_by_then.order_line_id
            and decided.location_id = ended_by_then.location_id
            and decided.run_id = ended_by_then.run_id
    ) as by_then
),

shipped as (
    select order_line_id, location_id, run_id, sum(qty_shipped) as qty_shipped, max(effective_at) as last_shipped_at
    from (
        select
            reserved.order_line_id, reserved.location_id, reserved.run_id, ended.effective_at,
            least(ended.qty_until, reserved.place_until)
            - greatest(ended.qty_until - ended.quantity, reserved.place_until - reserved.quantity) as qty_shipped
        from reserved
        inner join ended
            on reserved.order_line_id = ended.order_line_id
            and reserved.location_id = ended.location_id
            and ended.ending = 'shipped'
    ) as shared
    where qty_shipped > 0
    group by order_line_id, location_id, run_id
),

posted as (
    select
        reserved.*,
        shipped.last_shipped_at,
        coalesce(shipped.qty_shipped, 0) as qty_posted
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
