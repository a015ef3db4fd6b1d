{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='acknowledgement_id') }}

select
    {{ concat_id(['partner_id', 'acknowledgement_ref']) }} as acknowledgement_id,
    partner_id,
    acknowledgement_ref,
    document_ref,
    status,
    reason,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at,
    load_number
from (
    {{ first_statement(new_rows(source('raw', 'acknowledgements')), ['partner_id', 'acknowledgement_ref']) }}
) as first_stated
