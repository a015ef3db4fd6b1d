{{ config(
    tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='posting_id',
    on_schema_change='fail', meta={'dated': true}
) }}

with movements as (
    select
        movement_id, movement_kind, counter_account, sku, location_id, quantity, reason, lot_ref, serial_ref,
        order_line_id, po_ref,
        effective_at, known_at, business_date, feed, file_sha256, row_number
    from {{ new_rows(ref('int_inventory_movements')) }} as moved
    union all
    select
        movement_id, 'count_variance' as movement_kind, 'variance' as counter_account, sku, location_id,
        qty_variance as quantity, reason, cast(null as {{ type_string() }}) as lot_ref,
        cast(null as {{ type_string() }}) as serial_ref, cast(null as {{ type_string() }}) as order_line_id,
        cast(null as {{ type_string() }}) as po_ref,
        effective_at, known_at, business_date, feed, file_sha256, row_number
    from {{ new_rows(ref('int_count_variances')) }} as counted
    where qty_variance <> 0
    union all
    select
        movement_id, movement_kind, 'suspense' as counter_account, sku, location_id,
        qty_moved as quantity, reason, cast(null as {{ type_string() }}) as lot_ref,
        cast(null as {{ type_string() }}) as serial_ref, cast(null as {{ type_string() }}) as order_line_id,
        cast(null as {{ type_string() }}) as po_ref,
        effective_at, known_at, business_date, feed, file_sha256, row_number
    from {{ new_rows(ref('int_count_holds')) }} as held
    where qty_moved <> 0
),

{#- A movement takes from one account what it brings to the other. -#}
postings as (
    select
        movements.*,
        case when sides.side = 'on_hand' then 'on_hand' else counter_account end as account,
        case when sides.side = 'on_hand' then quantity else -quantity end as qty_posted
    from movements
    cross join (select 'on_hand' as side union all select 'counter' as side) as sides
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
    lot_ref,
    serial_ref,
    order_line_id,
    po_ref,
    effective_at,
    known_at,
    business_date,
    feed,
    file_sha256,
    row_number
from postings
