{#- What came back of an order line. The channel's word counts; a location's own return counts for lines of which the
    channel says nothing, so that one parcel stated by both is not two. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='touched', unique_key='order_line_id') }}
{{ builds_after('int_touched_lines') }}

with stated as (
    select
        adjustment_id as return_id,
        order_line_id,
        order_id,
        sku,
        quantity,
        location_id,
        reason,
        effective_at,
        business_date,
        feed,
        file_sha256,
        row_number,
        known_at
    from {{ ref('int_order_adjustments') }} as adjustments
    where resolved_kind = 'returned' and {{ is_touched('adjustments') }}
)

select * from stated

union all

select
    movements.movement_id as return_id,
    movements.order_line_id,
    movements.order_id,
    movements.sku,
    movements.quantity,
    movements.location_id,
    movements.reason,
    movements.effective_at,
    movements.business_date,
    movements.feed,
    movements.file_sha256,
    movements.row_number,
    movements.known_at
from {{ ref('stg_stock_movements') }} as movements
left join (select distinct order_line_id from stated) as by_channel
    on movements.order_line_id = by_channel.order_line_id
where
    movements.kind = 'return'
    and movements.order_line_id is not null
    and by_channel.order_line_id is null
    and {{ is_touched('movements') }}
