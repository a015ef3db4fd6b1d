{#- Supply that may be promised: what is to come, less what its place lacks. -#}
{{ config(tags=['decisions']) }}

{# A place that has promised, keeps back or holds in doubt more than it has fills that gap first: no run would release
    what comes. -#}
with gaps as (
    select
        sku, location_id,
        greatest(-{{ qty_free(qty_sellable(), 'qty_reserved', 'qty_kept_back', 'qty_in_doubt', 'qty_oversell') }}, 0) as qty_gap
    from {{ ref('fct_inventory_position') }}
),

running as (
    select
        dated.*,
        coalesce(gaps.qty_gap, 0) as qty_gap,
        sum(dated.qty_coming) over (
            partition by dated.sku, dated.location_id
            order by dated.available_date, dated.supply_type, dated.supply_ref
            rows between unbounded preceding and current row
        ) as qty_until
    from {{ ref('int_coming_supply') }} as dated
    left join gaps on dated.sku = gaps.sku and dated.location_id = gaps.location_id
)

select
    supply_type,
    supply_ref,
    sku,
    location_id,
    expected_date,
    available_date,
    cast(least(qty_coming, greatest(qty_until - qty_gap, 0)) as bigint) as qty_supply
from running
