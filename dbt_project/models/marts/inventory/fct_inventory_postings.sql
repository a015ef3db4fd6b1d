{{ config(
    tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='posting_id',
    on_schema_change='fail', meta={'dated': true}
) }}
{#- Its proofs read from which day on it may have changed. #}
{{ builds_after('int_restatement') }}

with movements as (
    select
        movement_id, movement_kind, account as held_account, counter_account, sku, location_id, quantity, reason, lot_ref, serial_ref,
        order_line_id, po_ref,
        effective_at, known_at, business_date, feed, file_sha256, row_number
    from {{ new_rows(ref('int_inventory_movements')) }} as moved
    union all
    select
        movement_id, 'count_variance' as movement_kind, 'on_hand' as held_account, 'variance' as counter_account, sku, location_id,
        qty_variance as quantity, reason, cast(null as {{ type_string() }}) as lot_ref,
        cast(null as {{ type_string() }}) as serial_ref, cast(null as {{ type_string() }}) as order_line_id,
        cast(null as {{ type_string() }}) as po_ref,
        effective_at, known_at, business_date, feed, file_sha256, row_number
    from {{ new_rows(ref('int_count_variances')) }} as counted
    where qty_variance <> 0
    union all
    select
        movement_id, movement_kind, 'on_hand' as held_account, 'suspense' as counter_account, sku, location_id,
        qty_moved as quantity, reason, cast(null as {{ type_string() }}) as lot_ref,
        cast(null as {{ type_string() }}) as serial_ref, cast(null as {{ type_string() }}) as order_line_id,
        cast(null as {{ type_string() }}) as po_ref,
        effective_at, known_at, business_date, feed, file_sha256, row_number
    from {{ new_rows(ref('int_count_holds')) }} as held
    where qty_moved <> 0
),

{#- What is for sale at a place that was known as a drop-shipper's is his, whom we have ship it for us. By what was known then:
    postings stay as they are. -#}
drop_shippers as (
    select location_id, min(known_at) as known_at
    from {{ source('raw', 'locations') }}
    where kind = 'drop_shipper'
    group by location_id
),

{#- A movement brings to one account what it takes from the other. -#}
postings as (
    select
        movements.*,
        case
            when sides.side = 'other' then counter_account
            when inspected.movement_id is not null then 'blocked'
            when held_account = 'on_hand' and drop_shippers.known_at <= movements.known_at then 'drop_ship'
            else held_account
        end as account,
        case when sides.side = 'other' then -quantity else quantity end as qty_posted
    from movements
    left join drop_shippers on movements.location_id = drop_shippers.location_id
    left join (
        select movement_id from {{ new_rows(ref('int_blocked_moves')) }} as moved where movement_kind = 'return'
    ) as inspected on movements.movement_id = inspected.movement_id
    cross join (select 'held' as side union all select 'other' as side) as sides
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
