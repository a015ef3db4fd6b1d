{{ config(tags=['decisions']) }}

select
    policy_version,
    scope_kind,
    scope_value,
    service_level,
    measure,
    lead_time_days,
    qty_minimum,
    author,
    reason,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from {{ source('raw', 'policies') }}
