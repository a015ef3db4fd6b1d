{#- What left for an order line, beside what its customer was promised. What left for a line that nobody has stated is in
    rpt_waiting_events. -#}
{{ config(
    tags=['decisions'], materialized='incremental', incremental_strategy='touched', unique_key='order_line_id',
    on_schema_change='fail'
) }}
{{ builds_after('int_lines_to_state') }}

{#- Made whole, as a union that is joined and laid by day takes more memory than there is. -#}
with shipments as {{ materialized() }} (
    select * from {{ ref('int_order_shipments') }} as shipments where {{ is_touched('shipments') }}
)

select
    shipments.movement_id as shipment_id,
    shipments.movement_kind,
    shipments.order_line_id,
    shipments.order_id,
    lines.channel_id,
    shipments.sku,
    shipments.location_id,
    shipments.quantity,
    shipments.carrier,
    shipments.tracking_ref,
    lines.placed_at,
    shipments.effective_at as shipped_at,
    shipments.known_at,
    shipments.business_date,
    {{ duration('lines.placed_at', 'shipments.effective_at') }} as hours_to_ship,
    lines.promised_date,
    cast(
        case
            when lines.promised_date is not null
                then greatest({{ days_between('lines.promised_date', 'shipments.business_date') }}, 0)
        end as bigint
    ) as days_late,
    shipments.quantity * lines.unit_price_minor
    - {{ share_of_minor('lines.discount_minor', 'shipments.quantity', 'lines.qty_ordered') }} as net_minor,
    lines.currency,
    shipments.feed,
    shipments.file_sha256,
    shipments.row_number
from shipments
inner join {{ ref('fct_order_lines') }} as lines on shipments.order_line_id = lines.order_line_id
where {{ is_touched('lines') }}
{{ laid_by_day('shipments.') }}
