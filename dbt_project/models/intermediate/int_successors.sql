{#- Chains are followed to their end, twenty steps at most; a SKU that would come to replace itself keeps its demand. -#}
{{ config(tags=['ground']) }}

with recursive links as (
    select supersedes_sku as sku, max(sku) as next_sku
    from {{ ref('stg_products') }}
    where supersedes_sku is not null
    group by supersedes_sku
),

chains as (
    select sku, next_sku as successor_sku, 1 as steps from links
    union all
    select chains.sku, links.next_sku as successor_sku, chains.steps + 1 as steps
    from chains
    inner join links on chains.successor_sku = links.sku
    where chains.steps < 20
),

ranked as (
    select
        sku,
        successor_sku,
        row_number() over (partition by sku order by steps desc) as place,
        max(case when sku = successor_sku then 1 else 0 end) over (partition by sku) as is_circular
    from chains
)

select sku, successor_sku
from ranked
where place = 1 and is_circular = 0
