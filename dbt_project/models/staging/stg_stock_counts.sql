{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='movement_id') }}

select
    {{ concat_id(["'count'", 'location_id', 'count_ref', 'sku']) }} as movement_id,
    count_ref,
    location_id,
    sku,
    counted_quantity,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at,
    load_number
from (
    {{ first_statement(new_rows(source('raw', 'stock_counts')), ['location_id', 'count_ref', 'sku']) }}
) as first_stated
