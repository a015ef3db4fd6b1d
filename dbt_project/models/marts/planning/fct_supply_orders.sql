{{ config(tags=['decisions']) }}

select
    orders.export_id,
    orders.line_number,
    orders.run_id,
    orders.document_type,
    orders.order_ref,
    orders.control_number,
    orders.line_ref,
    orders.partner_id,
    orders.from_location_id,
    orders.location_id,
    orders.sku,
    orders.quantity,
    orders.unit_cost_minor,
    orders.currency,
    orders.expected_date,
    orders.ordered_at,
    orders.supply_state,
    case
        when orders.supply_state <> 'awaited' then 0
        when orders.document_type = 'transfer_order' then orders.quantity
        else coalesce(inbound.qty_remaining, 0)
    end as qty_coming,
    orders.quantity * orders.unit_cost_minor as value_minor,
    proposals.run_id as plan_run_id,
    proposals.effective_at as proposed_at,
    proposals.quantity as qty_proposed,
    proposals.qty_position,
    proposals.qty_reorder_point,
    proposals.qty_order_up_to,
    proposals.reason
from {{ ref('int_supply_orders') }} as orders
left join {{ ref('stg_replenishment') }} as proposals on orders.line_ref = proposals.proposal_ref
left join {{ ref('int_inbound_lines') }} as inbound
    on orders.order_ref = inbound.po_ref
    and orders.line_ref = inbound.line_ref
