{{ config(tags=['ground']) }}

select
    supplier_id,
    name,
    lead_time_days,
    review_period_days,
    min_order_value_minor,
    min_order_currency,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from (
    {{ latest_statement(source('raw', 'suppliers'), ['supplier_id']) }}
) as latest
