{#- Our own, landed once a run: nothing to choose between. -#}
{{ config(tags=['decisions'], materialized='view') }}

select
    run_id,
    kind,
    sku,
    location_id,
    supplier_id,
    from_location_id,
    quantity,
    expected_date,
    qty_position,
    qty_reorder_point,
    qty_order_up_to,
    pack_quantity,
    min_order_quantity,
    unit_cost_minor,
    value_minor,
    gain_minor,
    currency,
    reason,
    waits_for,
    proposal_ref,
    decision_number,
    effective_at,
    business_date,
    known_at,
    load_number
from {{ source('raw', 'replenishment') }}
