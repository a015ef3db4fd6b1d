{{ config(tags=['ground']) }}

select
    feed,
    file_sha256,
    file_name,
    known_at,
    size_bytes,
    record_count,
    accepted_count,
    duplicate_count,
    superseded_count,
    quarantined_count
from {{ source('raw', 'feed_files') }}
