{#- What a count says beyond the ledger: counted, less the previous count and all that moved since, up to and with the
    count's own instant. A first count is held against all movements until then. A count never overwrites. -#}
{{ config(tags=['ground']) }}

with counts as (
    select * from {{ ref('stg_stock_counts') }}
),

counted_series as (
    select distinct sku, location_id from counts
),

observations as (
    select
        movements.sku,
        movements.location_id,
        movements.effective_at,
        0 as is_count,
        movements.known_at,
        movements.movement_id,
        movements.quantity as qty_moved,
        cast(null as bigint) as qty_counted
    from {{ ref('int_inventory_movements') }} as movements
    inner join counted_series
        on movements.sku = counted_series.sku and movements.location_id = counted_series.location_id
    union all
    select
        sku,
        location_id,
        effective_at,
        1 as is_count,
        known_at,
        movement_id,
        0 as qty_moved,
        counted_quantity as qty_counted
    from counts
),

balances as (
    select
        observations.*,
        sum(qty_moved) over (
            partition by sku, location_id
            order by effective_at, is_count, known_at, movement_id
            rows between unbounded preceding and current row
        ) as qty_moved_until
    from observations
),

differences as (
    select
        movement_id,
        qty_counted - qty_moved_until as qty_beyond_movements,
        lag(qty_counted - qty_moved_until, 1, 0) over (
            partition by sku, location_id
            order by effective_at, known_at, movement_id
        ) as qty_beyond_before
    from balances
    where is_count = 1
)

select
    counts.movement_id,
    counts.sku,
    counts.location_id,
    cast(differences.qty_beyond_movements - differences.qty_beyond_before as bigint) as qty_variance,
    counts.counted_quantity,
    counts.count_ref,
    counts.effective_at,
    counts.business_date,
    counts.feed,
    counts.file_sha256,
    counts.row_number,
    counts.known_at
from counts
inner join differences on counts.movement_id = differences.movement_id
