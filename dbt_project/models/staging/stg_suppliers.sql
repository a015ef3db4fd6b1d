{{ config(tags=['ground']) }}

select
    supplier_id,
    name,
    lead_time_days,
    review_period_days,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from (
    {{ latest_statement(source('raw', 'suppliers'), ['supplier_id']) }}
) as latest
