{{ config(tags=['ground'], severity='error', meta={'dagster': {'ref': {'name': 'fct_inventory_postings'}}}) }}

with counts as (
    select
        counts.movement_id,
        counts.sku,
        counts.location_id,
        counts.effective_at,
        counts.counted_quantity,
        row_number() over (
            partition by counts.sku, counts.location_id, counts.effective_at
            order by counts.known_at desc, counts.movement_id desc
        ) as recency
    from {{ ref('int_count_variances') }} as counts
),

ledger as (
    select
        sku,
        location_id,
        effective_at,
        sum(sum(quantity)) over (
            partition by sku, location_id
            order by effective_at
            rows between unbounded preceding and current row
        ) as qty_on_hand
    from (
        select sku, location_id, effective_at, quantity
        from {{ ref('fct_inventory_postings') }}
        where account = 'on_hand'
        union all
        select sku, location_id, effective_at, 0 as quantity from counts
    ) as instants
    group by sku, location_id, effective_at
)

select counts.movement_id, counts.counted_quantity, ledger.qty_on_hand
from counts
inner join ledger
    on counts.sku = ledger.sku
    and counts.location_id = ledger.location_id
    and counts.effective_at = ledger.effective_at
where counts.recency = 1 and counts.counted_quantity <> ledger.qty_on_hand
