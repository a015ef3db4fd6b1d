{{ config(tags=['ground'], materialized='incremental', incremental_strategy='restate', on_schema_change='fail') }}
-- depends_on: {{ ref('int_restatement') }}

with movements as (
    select
        movement_id, movement_kind, counter_account, sku, location_id, quantity, reason, order_line_id, po_ref,
        effective_at, known_at, business_date, feed, file_sha256, row_number
    from {{ ref('int_inventory_movements') }}
    union all
    select
        movement_id, 'count_variance' as movement_kind, 'variance' as counter_account, sku, location_id,
        qty_variance as quantity, 'count ' || count_ref as reason, cast(null as {{ type_string() }}) as order_line_id,
        cast(null as {{ type_string() }}) as po_ref,
        effective_at, known_at, business_date, feed, file_sha256, row_number
    from {{ ref('int_count_variances') }}
    where qty_variance <> 0
),

restated as (
    select * from movements where business_date >= {{ restate_floor() }}
),

postings as (
    select restated.*, 'on_hand' as account, quantity as qty_posted from restated
    union all
    select restated.*, counter_account as account, -quantity as qty_posted from restated
)

select
    movement_id || ':' || account as posting_id,
    movement_id,
    movement_kind,
    account,
    sku,
    location_id,
    qty_posted as quantity,
    reason,
    order_line_id,
    po_ref,
    effective_at,
    known_at,
    business_date,
    feed,
    file_sha256,
    row_number
from postings
