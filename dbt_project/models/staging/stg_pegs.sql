{{ config(tags=['decisions'], materialized='view') }}

select
    {{ concat_id(['channel_id', 'order_ref', 'line_ref']) }} as order_line_id,
    run_id,
    sku,
    supply_type,
    supply_ref,
    location_id,
    quantity,
    available_date,
    is_locked,
    promised_date,
    effective_at,
    business_date,
    known_at,
    load_number
from (
    {{ first_statement(
        source('raw', 'pegs'), ['run_id', 'channel_id', 'order_ref', 'line_ref', 'supply_type', 'supply_ref', 'location_id']
    ) }}
) as landed
