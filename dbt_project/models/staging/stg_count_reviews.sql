{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='count_id') }}

select
    {{ concat_id(["'count'", 'location_id', 'count_ref', 'sku']) }} as count_id,
    decision,
    reason,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at,
    load_number
from (
    {{ first_statement(new_rows(source('raw', 'count_reviews')), ['location_id', 'count_ref', 'sku']) }}
) as first_stated
