{#- Promised to a location that has not been told yet, before this run: what it may decide anew, and what it releases. -#}
{{ config(tags=['ground']) }}


select
    lines.channel_id,
    lines.order_ref,
    lines.line_ref,
    unreleased.order_line_id,
    unreleased.sku,
    lines.fulfilment_method,
    lines.customer_group,
    lines.ship_to_region,
    coalesce(assigned.location_id, lines.location_id) as chosen_location_id,
    assigned.location_id is not null as is_assigned_by_desk,
    coalesce(channels.priority, 1000) as priority,
    lines.placed_at,
    lines.is_held,
    lines.is_held_by_desk,
    lines.promised_date,
    unreleased.location_id,
    unreleased.qty_unreleased,
    unreleased.release_due_at
from (
    {{ unreleased(ref('int_kept_decisions'), ref('int_earlier_told'), ref('int_kept_reservations')) }}
) as unreleased
inner join {{ ref('int_unfinished_lines') }} as lines on unreleased.order_line_id = lines.order_line_id
left join {{ ref('dim_channel') }} as channels on lines.channel_id = channels.channel_id
left join {{ ref('int_desk_places') }} as assigned
    on unreleased.order_line_id = assigned.order_line_id
    and assigned.word = 'assigned'
