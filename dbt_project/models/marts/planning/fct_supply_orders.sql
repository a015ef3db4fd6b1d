{{ config(tags=['decisions']) }}

with purchased as (
    select
        lines.po_ref,
        lines.order_line_ref,
        {{ sum_bigint('coalesce(inbound.qty_remaining, 0)') }} as qty_remaining,
        {{ sum_bigint("lines.quantity - case when lines.status = 'open' then coalesce(inbound.qty_remaining, 0) else lines.qty_missing end") }}
            as qty_received
    from {{ ref('int_purchase_lines') }} as lines
    left join {{ ref('int_inbound_lines') }} as inbound
        on lines.po_ref = inbound.po_ref
        and lines.line_ref = inbound.line_ref
    where lines.po_ref in (select order_ref from {{ ref('int_supply_orders') }})
    group by lines.po_ref, lines.order_line_ref
)

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
        when orders.supply_state not in ('awaited', 'confirmed') then 0
        when orders.document_type = 'transfer_order' then orders.quantity
        else purchased.qty_remaining
    end as qty_coming,
    confirmed.qty_promised,
    case when confirmed.qty_promised > 0 then coalesce(confirmed.promised_date, orders.expected_date) end as promised_date,
    confirmed.qty_shipped,
    confirmed.shipped_date,
    confirmed.arrival_date,
    confirmed.confirmed_at,
    case when orders.supply_state <> 'stated' then purchased.qty_received end as qty_received,
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
left join purchased on orders.order_ref = purchased.po_ref and orders.line_ref = purchased.order_line_ref
left join {{ ref('int_confirmed_lines') }} as confirmed
    on orders.partner_id = confirmed.supplier_id
    and orders.order_ref = confirmed.po_ref
    and orders.line_ref = confirmed.line_ref
