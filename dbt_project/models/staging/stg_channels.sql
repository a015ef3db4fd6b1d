{{ config(tags=['ground']) }}

select
    channel_id,
    name,
    kind,
    currency,
    priority,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from (
    {{ latest_statement(source('raw', 'channels'), ['channel_id']) }}
) as latest
