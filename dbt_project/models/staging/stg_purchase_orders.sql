{{ config(tags=['ground']) }}

select
    po_ref,
    line_ref,
    supplier_id,
    sku,
    location_id,
    quantity,
    unit_cost_minor,
    currency,
    status,
    expected_date,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from (
    {{ latest_statement(source('raw', 'purchase_orders'), ['po_ref', 'line_ref']) }}
) as latest
