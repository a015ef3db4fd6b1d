{#- Our own, landed once a run: nothing to choose between, so that readers of a run's pegs need not read all of them. -#}
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
    coalesce(qty_pre_sold, 0) as qty_pre_sold,
    pre_sell_reason,
    effective_at,
    business_date,
    known_at,
    load_number
from {{ source('raw', 'pegs') }}
