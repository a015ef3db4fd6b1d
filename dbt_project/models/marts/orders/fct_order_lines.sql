{{ config(tags=['decisions'], materialized='incremental', incremental_strategy='touched', unique_key='order_line_id', on_schema_change='fail') }}
{{ builds_after('int_lines_to_state') }}

with lines as (
    select * from {{ ref('int_order_lines') }} as known
    where {{ is_touched('known') }}
)

select
    lines.order_line_id,
    lines.order_id,
    lines.channel_id,
    lines.order_ref,
    lines.line_ref,
    lines.sku,
    lines.customer_key,
    lines.fulfilment_method,
    lines.ship_to_country,
    lines.ship_to_region,
    lines.demand_location_id,
    lines.placed_at,
    lines.business_date,
    lines.known_at,
    quantities.qty_ordered,
    quantities.qty_cancelled,
    quantities.qty_held,
    quantities.qty_fulfilled,
    quantities.qty_allocated,
    quantities.qty_backordered,
    quantities.qty_open,
    lines.qty_returned,
    quantities.line_state,
    decisions.allocated_at,
    lines.shipped_at,
    lines.unit_price_minor,
    lines.qty_ordered * lines.unit_price_minor as gross_minor,
    lines.discount_minor,
    lines.tax_minor,
    (lines.qty_ordered - lines.qty_cancelled) * lines.unit_price_minor
    - {{ share_of_minor('lines.discount_minor', '(lines.qty_ordered - lines.qty_cancelled)', 'lines.qty_ordered') }}
        as net_minor,
    lines.currency,
    lines.feed,
    lines.file_sha256,
    lines.row_number
from lines
inner join {{ ref('int_order_line_quantities') }} as quantities on lines.order_line_id = quantities.order_line_id
left join {{ ref('int_order_line_decisions') }} as decisions on lines.order_line_id = decisions.order_line_id
