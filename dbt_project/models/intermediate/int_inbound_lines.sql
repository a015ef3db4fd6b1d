{#- What is still to come of each open purchase order line: what arrived fills the earliest expected first. Lines are
    the counterparts', and our own of orders that they have not spoken of yet. -#}
{{ config(tags=['ground']) }}

with received as (
    select po_ref, sku, location_id, sum(quantity) as qty_received
    from {{ ref('int_receipts') }}
    group by po_ref, sku, location_id
),

stated as (
    select po_ref, line_ref, supplier_id, sku, location_id, status, expected_date, quantity
    from {{ ref('stg_purchase_orders') }}
    union all
    select order_ref as po_ref, line_ref, supplier_id, sku, location_id, status, expected_date, quantity
    from {{ ref('int_supply_orders') }}
    where document_type = 'purchase_order' and supply_state = 'awaited'
),

running as (
    select
        orders.po_ref,
        orders.line_ref,
        orders.supplier_id,
        orders.sku,
        orders.location_id,
        orders.status,
        orders.expected_date,
        orders.quantity,
        sum(orders.quantity) over (
            partition by orders.po_ref, orders.sku, orders.location_id
            order by case when orders.status = 'received' then 0 else 1 end, orders.expected_date, orders.line_ref
            rows between unbounded preceding and current row
        ) as qty_running
    from stated as orders
    where orders.status <> 'cancelled'
),

remaining as (
    select
        running.po_ref,
        running.line_ref,
        running.supplier_id,
        running.sku,
        running.location_id,
        running.expected_date,
        least(running.quantity, greatest(running.qty_running - coalesce(received.qty_received, 0), 0)) as qty_remaining
    from running
    left join received
        on running.po_ref = received.po_ref
        and running.sku = received.sku
        and running.location_id = received.location_id
    where running.status = 'open'
)

select po_ref, line_ref, supplier_id, sku, location_id, expected_date, cast(qty_remaining as bigint) as qty_remaining
from remaining
where qty_remaining > 0
