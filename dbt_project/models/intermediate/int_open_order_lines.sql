{#- What an allocation run decides: lines with a quantity that is neither gone, cancelled nor promised to a location.
    Held lines are among them, so that the run states them as held; backordered ones are decided anew. -#}
{{ config(tags=['ground']) }}

with earlier as (
    {{ allocated_ever(ref('stg_earlier_allocations'), unfinished_lines(), unfinished_since()) }}
),

expiring as (
    select order_line_id, sum(qty_expiring) as qty_expiring
    from {{ ref('int_expiring_reservations') }}
    group by order_line_id
),

lines as (
    select
        lines.*,
        coalesce(earlier.qty_allocated_ever, 0) - coalesce(expiring.qty_expiring, 0) as qty_allocated_ever
    from {{ ref('int_unfinished_lines') }} as lines
    left join earlier on lines.order_line_id = earlier.order_line_id
    left join expiring on lines.order_line_id = expiring.order_line_id
    where lines.qty_rest > 0
),

undecided as (
    select lines.*, cast(qty_rest - {{ qty_allocated() }} as bigint) as qty_to_decide
    from lines
)

select
    undecided.channel_id,
    undecided.order_ref,
    undecided.line_ref,
    undecided.order_line_id,
    undecided.sku,
    undecided.fulfilment_method,
    undecided.customer_group,
    undecided.ship_to_country,
    undecided.ship_to_region,
    coalesce(assigned.location_id, undecided.location_id) as location_id,
    assigned.location_id is not null as is_assigned_by_desk,
    coalesce(channels.priority, 1000) as priority,
    undecided.placed_at,
    undecided.is_held,
    undecided.is_held_by_desk,
    undecided.status_reason,
    undecided.qty_to_decide,
    undecided.promised_date
from undecided
left join {{ ref('dim_channel') }} as channels on undecided.channel_id = channels.channel_id
left join {{ ref('int_desk_places') }} as assigned
    on undecided.order_line_id = assigned.order_line_id
    and assigned.word = 'assigned'
where undecided.qty_to_decide > 0
