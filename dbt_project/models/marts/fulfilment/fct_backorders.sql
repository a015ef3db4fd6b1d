{{ config(tags=['decisions']) }}

with next_inbound as (
    select
        sku,
        location_id,
        expected_date,
        row_number() over (partition by sku order by expected_date, location_id) as arrival_order
    from {{ ref('int_inbound') }}
)

select
    lines.order_line_id,
    lines.order_id,
    lines.channel_id,
    lines.sku,
    quantities.qty_backordered,
    lines.placed_at,
    decisions.backordered_at,
    decided.reason_code,
    decided.reason,
    next_inbound.expected_date as next_inbound_date,
    next_inbound.location_id as next_inbound_location_id,
    decided.run_id
from {{ ref('int_order_line_quantities') }} as quantities
inner join {{ ref('int_order_lines') }} as lines on quantities.order_line_id = lines.order_line_id
inner join {{ ref('int_order_line_decisions') }} as decisions on quantities.order_line_id = decisions.order_line_id
inner join {{ ref('stg_allocations') }} as decided
    on decisions.order_line_id = decided.order_line_id
    and decisions.backordering_run_id = decided.run_id
    and decided.decision = 'backordered'
left join next_inbound on lines.sku = next_inbound.sku and next_inbound.arrival_order = 1
where quantities.qty_backordered > 0
