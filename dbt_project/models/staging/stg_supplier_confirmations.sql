{{ config(tags=['ground']) }}

select
    supplier_id,
    kind,
    statement_ref,
    po_ref,
    line_ref,
    part_number,
    quantity,
    expected_date,
    shipped_date,
    reason,
    carrier,
    tracking_ref,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from (
    {{ latest_statement(
        source('raw', 'supplier_confirmations'),
        ['supplier_id', 'kind', 'statement_ref', 'po_ref', 'line_ref', 'part_number', 'known_at']
    ) }}
) as said
