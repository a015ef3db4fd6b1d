{#- The last planning run's proposals; a run that set levels and proposed nothing leaves none. -#}
{{ config(tags=['decisions']) }}

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
    business_date
from {{ ref('stg_replenishment') }}
where run_id in (select run_id from {{ ref('fct_safety_stock') }} where is_current)
