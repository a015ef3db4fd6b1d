{{ config(tags=['ground'], severity='error', meta={'dagster': {'ref': {'name': 'fct_inventory_postings'}}}) }}

{% set floor = tested_from('stock_from') %}

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
    from {{ ref('stg_stock_counts') }} as counts
    where counts.business_date >= {{ floor }}
),

ledger as (
    select counts.movement_id, counts.counted_quantity, sum(balances.quantity) as qty_on_hand
    from counts
    left join (
        select sku, location_id, effective_at, quantity
        from {{ ref('fct_inventory_postings') }}
        where
            account in {{ held_accounts() }} and business_date >= {{ floor }}
            and movement_kind not in ('count_held', 'count_released')
        union all
        {# What a review may still make true is in suspense, and not in this sum. #}
        select sku, location_id, cast('0001-01-01' as timestamp) as effective_at, -qty_moved as quantity
        from {{ ref('int_count_holds') }}
        where business_date < {{ floor }}
        union all
        select sku, location_id, cast('0001-01-01' as timestamp) as effective_at, qty_opening as quantity
        from {{ ref('fct_inventory_daily') }}
        where business_date = {{ floor }}
    ) as balances
        on counts.sku = balances.sku
        and counts.location_id = balances.location_id
        and counts.effective_at >= balances.effective_at
    where counts.recency = 1
    group by counts.movement_id, counts.counted_quantity
)

select movement_id, counted_quantity, qty_on_hand
from ledger
where counted_quantity <> coalesce(qty_on_hand, 0)
