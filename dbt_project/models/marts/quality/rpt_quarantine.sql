{{ config(tags=['ground']) }}

{#- A record may break one rule in two columns: one row, one of the reasons; the quarantine file keeps both. -#}
select
    feed,
    file_sha256,
    file_name,
    row_number,
    reason_code,
    min(reason) as reason,
    known_at
from {{ source('raw', 'quarantine') }}
group by feed, file_sha256, file_name, row_number, reason_code, known_at
