{#- One row a movement of stock, its quantity signed as on hand sees it, with the account on its other side.
    A movement of an unknown order line moves stock all the same. -#}
{{ config(tags=['ground']) }}

select
    movement_id,
    kind as movement_kind,
    case
        when kind = 'opening' then 'opening'
        when kind = 'receipt' then 'supplier'
        when kind in ('shipment', 'return') then 'customer'
        when kind in ('transfer_out', 'transfer_in') then 'in_transit'
        else 'adjustment'
    end as counter_account,
    sku,
    location_id,
    case when kind in ('shipment', 'transfer_out') then -quantity else quantity end as quantity,
    reason,
    order_line_id,
    po_ref,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from {{ ref('stg_stock_movements') }}

union all

select
    movement_id,
    'sale' as movement_kind,
    'customer' as counter_account,
    sku,
    location_id,
    -quantity as quantity,
    cast(null as {{ type_string() }}) as reason,
    order_line_id,
    cast(null as {{ type_string() }}) as po_ref,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from {{ ref('int_order_shipments') }}
where movement_kind = 'sale' and location_id is not null

union all

select
    {{ concat_id(["'return'", 'adjustment_id']) }} as movement_id,
    'return' as movement_kind,
    'customer' as counter_account,
    sku,
    location_id,
    quantity,
    reason,
    order_line_id,
    cast(null as {{ type_string() }}) as po_ref,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from {{ ref('int_order_adjustments') }}
where resolved_kind = 'returned' and location_id is not null
