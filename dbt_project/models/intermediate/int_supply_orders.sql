{#- What we ordered of suppliers and of our own places, and whose word for it counts. Once a counterpart's file has an
    order's number, that file does: the whole order for a purchase, SKU by SKU for a transfer. Ours does until then, with what
    its supplier confirms of it, or until nobody has spoken of it for longer than patience lasts. -#}
{{ config(tags=['ground']) }}

{% set patience_days = 14 %}

with orders as (
    select
        ours.*,
        case when ours.document_type = 'purchase_order' then ours.partner_id end as supplier_id
    from {{ ref('stg_supply_orders') }} as ours
),

purchases as (
    select distinct po_ref from {{ ref('stg_purchase_orders') }}
),

moved as (
    select distinct order_ref as movement_ref, sku
    from (
        select case when kind = 'transfer_in' then coalesce(po_ref, movement_ref) else movement_ref end as order_ref, sku
        from {{ ref('stg_stock_movements') }}
        where kind in ('transfer_out', 'transfer_in')
    ) as legs
    where order_ref in (select order_ref from orders where document_type = 'transfer_order')
)

select
    orders.*,
    case
        when purchases.po_ref is not null or moved.movement_ref is not null then 'stated'
        when orders.status = 'cancelled' then 'cancelled'
        when confirmed.qty_promised = 0 and confirmed.qty_shipped = 0 then 'refused'
        when confirmed.po_ref is not null then 'confirmed'
        when {{ days_after('orders.expected_date', rule_value('order_patience_days', ['supplier_id'], patience_days)) }} < {{ as_of_date() }}
            then 'overdue'
        else 'awaited'
    end as supply_state
from orders
left join purchases on orders.document_type = 'purchase_order' and orders.order_ref = purchases.po_ref
left join moved
    on orders.document_type = 'transfer_order'
    and orders.order_ref = moved.movement_ref
    and orders.sku = moved.sku
left join {{ ref('int_confirmed_lines') }} as confirmed
    on orders.document_type = 'purchase_order'
    and orders.partner_id = confirmed.supplier_id
    and orders.order_ref = confirmed.po_ref
    and orders.line_ref = confirmed.line_ref
{{ join_rules('order_patience_days', 'orders', ['supplier_id']) }}
