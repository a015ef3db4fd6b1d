{#- What left for an order line: a location's shipment, or a sale that the channel handed over itself. -#}
{{ config(tags=['ground'], materialized='view') }}

select
    movement_id,
    'shipment' as movement_kind,
    order_line_id,
    order_id,
    sku,
    location_id,
    quantity,
    carrier,
    tracking_ref,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from {{ ref('stg_stock_movements') }}
where kind = 'shipment' and order_line_id is not null

union all

select
    {{ concat_id(["'sale'", 'order_line_id']) }} as movement_id,
    'sale' as movement_kind,
    order_line_id,
    order_id,
    sku,
    location_id,
    quantity,
    cast(null as {{ type_string() }}) as carrier,
    cast(null as {{ type_string() }}) as tracking_ref,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from {{ ref('stg_order_lines') }}
where line_status = 'fulfilled'
