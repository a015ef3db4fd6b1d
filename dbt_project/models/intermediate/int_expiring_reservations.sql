{#- Reservations that this run ends: their location could not pick them, gave them back as the order desk asked, or has not
    shipped them in time, or their line's channel asks by now for another SKU, or for it from elsewhere; the lines are decided anew. And those of units
    that were cancelled since, so that they never come back to life. Of what is reserved, the latest is what was allocated
    last; a place's days begin when it is told. No rule, no expiry in time; none either of what the desk has asked back, until
    the location answers or somebody says that it agreed, nor while what the place has shipped may stand in a file that
    stops its feed. -#}
{{ config(tags=['ground']) }}
{%- set since = unfinished_since() %}

with pending as (
    select
        reservations.order_line_id,
        reservations.sku,
        reservations.location_id,
        reservations.qty_outstanding,
        case
            when stopped.location_id is null then {{ rule_value('reservation_days', ['location_id'], 'null') }}
        end as reservation_days
    from {{ ref('int_earlier_reservations') }} as reservations
    left join {{ ref('int_stopped_locations') }} as stopped on reservations.location_id = stopped.location_id
    {{ join_rules('reservation_days', 'reservations', ['location_id']) }}
    where reservations.qty_outstanding > 0
),

recalled as (
    select order_line_id, location_id, max(effective_at) as recalled_at
    from {{ ref('int_order_events') }}
    where
        event_type = 'recalled' and business_date >= {{ since }} and order_line_id in (select order_line_id from pending)
    group by order_line_id, location_id
),

in_time as (
    select pending.order_line_id, pending.location_id, sum(allocations.quantity) as quantity
    from pending
    inner join {{ ref('stg_earlier_allocations') }} as allocations
        on pending.order_line_id = allocations.order_line_id
        and pending.location_id = allocations.location_id
        and allocations.decision = 'allocated'
        and allocations.business_date >= {{ since }}
    left join recalled
        on pending.order_line_id = recalled.order_line_id
        and pending.location_id = recalled.location_id
    where
        {{ days_between('coalesce(cast(allocations.release_due_at as date), allocations.business_date)', as_of_date()) }}
        < pending.reservation_days
        or allocations.effective_at <= recalled.recalled_at
    group by pending.order_line_id, pending.location_id
),

{#- What has ended before, for whatever reason, was ended for what was short by then; but what a location had not been
    told of it could not be short of. -#}
ended as (
    select order_line_id, location_id, sum(quantity) as quantity
    from {{ ref('stg_earlier_allocations') }}
    where
        decision = 'expired' and release_due_at is null and business_date >= {{ since }}
        and order_line_id in (select order_line_id from pending)
    group by order_line_id, location_id
),

{#- What no document asks for is taken first, but from what a location could not pick or has not shipped in time. -#}
untold as (
    {{ unreleased(
        ref('stg_earlier_allocations'), ref('int_earlier_told'),
        "(select order_line_id, sku, location_id, qty_outstanding as qty_reserved from " ~ ref('int_earlier_reservations') ~ ")"
    ) }}
),

{#- The channel names another place by now, or none where it named one that ships no orders; unless the order desk has
    its own word on where from. -#}
elsewhere as (
    select pending.order_line_id, pending.location_id, pending.sku
    from pending
    inner join {{ ref('int_unfinished_lines') }} as lines on pending.order_line_id = lines.order_line_id
    inner join {{ ref('dim_location') }} as places on pending.location_id = places.location_id
    inner join (
        select order_line_id, location_id, max(effective_at) as allocated_at
        from {{ ref('stg_earlier_allocations') }}
        where decision = 'allocated' and order_line_id in (select order_line_id from pending)
        group by order_line_id, location_id
    ) as allocated
        on pending.order_line_id = allocated.order_line_id
        and pending.location_id = allocated.location_id
    left join {{ ref('int_desk_places') }} as desk
        on pending.order_line_id = desk.order_line_id
        and (desk.word = 'assigned' or desk.location_id = lines.location_id)
    where
        desk.order_line_id is null
        and (
            lines.location_id <> pending.location_id
            or (
                lines.location_id is null
                and lines.fulfilment_method not in ('pickup', 'reserve')
                and not places.ships_orders
                and lines.known_at > allocated.allocated_at
            )
        )
),

ending as (
    select
        pending.*,
        coalesce(untold.qty_unreleased, 0) as qty_unreleased,
        untold.release_due_at,
        case
            when pending.reservation_days is not null
                then greatest(pending.qty_outstanding - coalesce(in_time.quantity, 0), 0)
            else 0
        end as qty_late,
        least(
            greatest(coalesce(short.qty_short, 0) - coalesce(ended.quantity, 0), 0), pending.qty_outstanding
        ) as qty_short,
        least(coalesce(given_back.quantity, 0), pending.qty_outstanding) as qty_given_back,
        case when pending.sku <> lines.sku then pending.qty_outstanding else 0 end as qty_of_other_sku,
        case when elsewhere.order_line_id is not null then pending.qty_outstanding else 0 end as qty_elsewhere
    from pending
    inner join {{ ref('int_unfinished_lines') }} as lines on pending.order_line_id = lines.order_line_id
    left join untold
        on pending.order_line_id = untold.order_line_id
        and pending.sku = untold.sku
        and pending.location_id = untold.location_id
    left join in_time
        on pending.order_line_id = in_time.order_line_id
        and pending.location_id = in_time.location_id
    left join {{ ref('int_short_picks') }} as short
        on pending.order_line_id = short.order_line_id
        and pending.location_id = short.location_id
    left join ended
        on pending.order_line_id = ended.order_line_id
        and pending.location_id = ended.location_id
    left join elsewhere
        on pending.order_line_id = elsewhere.order_line_id
        and pending.location_id = elsewhere.location_id
        and pending.sku = elsewhere.sku
    left join {{ ref('int_given_back') }} as given_back
        on pending.order_line_id = given_back.order_line_id
        and pending.location_id = given_back.location_id
),

kept as (
    select
        ending.*,
        greatest(qty_late, qty_short, qty_given_back, qty_of_other_sku, qty_elsewhere) as qty_ending,
        qty_outstanding - greatest(qty_late, qty_short, qty_given_back, qty_of_other_sku, qty_elsewhere) as qty_kept
    from ending
),

{#- Of a line that keeps more than is left of it, the last places keep less, as in `reservations`. -#}
counted as (
    select
        kept.*,
        sum(qty_kept) over (
            partition by order_line_id
            order by location_id, sku
            rows between unbounded preceding and current row
        ) - qty_kept as qty_kept_before
    from kept
),

ended_now as (
    select
        counted.*,
        lines.channel_id,
        lines.order_ref,
        lines.line_ref,
        counted.qty_kept - greatest(least(counted.qty_kept, lines.qty_rest - counted.qty_kept_before), 0) as qty_cancelled
    from counted
    inner join {{ ref('int_unfinished_lines') }} as lines on counted.order_line_id = lines.order_line_id
)

select
    ended_now.order_line_id,
    ended_now.channel_id,
    ended_now.order_ref,
    ended_now.line_ref,
    ended_now.sku,
    ended_now.location_id,
    coalesce(channels.priority, 1000) as priority,
    case
        when qty_ending = 0 then 'cancelled'
        when qty_of_other_sku > 0 then 'sku_changed'
        when qty_elsewhere > 0 then 'place_changed'
        when qty_given_back = qty_ending then 'given_back'
        when qty_short = qty_ending then 'short_picked'
        else 'reservation_expired'
    end as ending,
    cast(
        case when qty_late > qty_short and qty_of_other_sku = 0 and qty_elsewhere = 0 then reservation_days end as bigint
    ) as reservation_days,
    cast(qty_ending + qty_cancelled as bigint) as qty_expiring,
    cast(
        least(
            qty_unreleased,
            qty_ending + qty_cancelled - least(greatest(qty_late, qty_short), qty_outstanding - qty_unreleased)
        ) as bigint
    ) as qty_untold,
    coalesce(release_due_at, last_run.effective_at) as untold_due_at,
    last_run.effective_at as ended_at
from ended_now
cross join (select max(effective_at) as effective_at from {{ ref('stg_earlier_allocations') }}) as last_run
left join {{ ref('dim_channel') }} as channels on ended_now.channel_id = channels.channel_id
where qty_ending + qty_cancelled > 0
