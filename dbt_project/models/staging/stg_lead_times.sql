{{ config(tags=['ground']) }}

select
    supplier_id,
    po_ref,
    location_id,
    ordered_date,
    promised_date,
    received_date,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from (
    {{ first_statement(source('raw', 'lead_times'), ['supplier_id', 'po_ref']) }}
) as first_stated
