{{ config(tags=['decisions']) }}

select
    policy_version,
    scope_kind,
    scope_value,
    service_level,
    measure,
    lead_time_days,
    qty_minimum,
    review_period_days,
    order_cost_minor,
    holding_share,
    transfer_cost_minor,
    transfer_cost_share,
    transfer_days,
    network_planning,
    release_transfers,
    release_order_minor,
    release_weeks,
    author,
    reason,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from {{ source('raw', 'policies') }}
