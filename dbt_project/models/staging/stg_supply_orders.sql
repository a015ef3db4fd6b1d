{#- Of one instant, the end counts: a document is taken back after it was made, and never made again. -#}
{{ config(tags=['ground']) }}

select
    export_id,
    line_number,
    status,
    run_id,
    document_type,
    order_ref,
    control_number,
    line_ref,
    partner_id,
    from_location_id,
    location_id,
    sku,
    quantity,
    unit_cost_minor,
    currency,
    expected_date,
    ordered_at,
    known_at
from (
    {{ latest_statement(
        source('raw', 'supply_orders'), ['export_id', 'line_number'],
        tie_breaker="case when status = 'cancelled' then 1 else 0 end"
    ) }}
) as latest
