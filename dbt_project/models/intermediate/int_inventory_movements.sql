{#- One row a movement of stock, its quantity signed as its account of what the location holds sees it, with the account on
    its other side. Where both are the location's, nothing that a count could find has changed.
    A movement of an unknown order line moves stock all the same. No row ever changes: what turns out wrong is
    corrected by a further movement. -#}
{{ config(tags=['ground'], materialized='view') }}

select
    movement_id,
    kind as movement_kind,
    case when disposition = 'blocked' then 'blocked' else 'on_hand' end as account,
    kind = 'return' and disposition is null as is_uninspected,
    case
        when kind = 'opening' then 'opening'
        when kind = 'receipt' then 'supplier'
        when kind in ('shipment', 'return') then 'customer'
        when kind in ('transfer_out', 'transfer_in') then 'in_transit'
        when kind in ('block', 'unblock') then 'blocked'
        when kind = 'write_off' then 'written_off'
        else 'adjustment'
    end as counter_account,
    sku,
    location_id,
    case when kind in ('shipment', 'transfer_out', 'block', 'write_off') then -quantity else quantity end as quantity,
    reason,
    lot_ref,
    serial_ref,
    order_line_id,
    po_ref,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at,
    load_number
from {{ ref('stg_stock_movements') }}

union all

select
    movement_id,
    'sale' as movement_kind,
    'on_hand' as account,
    false as is_uninspected,
    'customer' as counter_account,
    sku,
    location_id,
    quantity,
    reason,
    cast(null as {{ type_string() }}) as lot_ref,
    cast(null as {{ type_string() }}) as serial_ref,
    order_line_id,
    cast(null as {{ type_string() }}) as po_ref,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at,
    load_number
from {{ ref('int_sales') }}

union all

{# Goods that a channel says came back to a location: a return, or a credit that names no order. A cancellation of a
    named order moves nothing: what had left already moves back when its location says so. #}
select
    {{ concat_id(["'return'", 'adjustment_id']) }} as movement_id,
    'return' as movement_kind,
    'on_hand' as account,
    true as is_uninspected,
    'customer' as counter_account,
    sku,
    location_id,
    quantity,
    reason,
    cast(null as {{ type_string() }}) as lot_ref,
    cast(null as {{ type_string() }}) as serial_ref,
    {{ concat_id(['channel_id', 'order_ref', 'order_line_ref']) }} as order_line_id,
    cast(null as {{ type_string() }}) as po_ref,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at,
    load_number
from {{ ref('stg_order_adjustments') }}
where location_id is not null and (kind = 'returned' or order_ref is null)

union all

select
    movement_id,
    'return' as movement_kind,
    'on_hand' as account,
    true as is_uninspected,
    'customer' as counter_account,
    sku,
    location_id,
    quantity,
    reason,
    cast(null as {{ type_string() }}) as lot_ref,
    cast(null as {{ type_string() }}) as serial_ref,
    order_line_id,
    cast(null as {{ type_string() }}) as po_ref,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at,
    load_number
from {{ ref('int_returns_twice') }}
