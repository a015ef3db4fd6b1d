{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_allocations'}}}) }}

{#- An end that says that its location had not been told: by then there must have been as much that no document had said. -#}
with ended as (
    select order_line_id, sku, location_id, effective_at
    from {{ ref('stg_allocations') }}
    where decision = 'expired' and release_due_at is not null
),

decided as (
    select
        order_line_id, sku, location_id, effective_at,
        case when decision = 'expired' then -quantity else quantity end as quantity,
        decision = 'expired' as is_before_the_run
    from {{ ref('stg_allocations') }}
    where
        (decision = 'allocated' or (decision = 'expired' and release_due_at is not null))
        and order_line_id in (select order_line_id from ended)
    union all
    select told.order_line_id, told.sku, told.location_id, told.effective_at, -told.quantity as quantity,
        told.revision > 1 as is_before_the_run
    from {{ ref('stg_exports') }} as told
    left join {{ ref('stg_exports') }} as revised
        on told.partner_id = revised.partner_id
        and told.document_type = revised.document_type
        and told.location_id = revised.location_id
        and told.wave = revised.wave
        and told.revision < revised.revision
    where revised.export_id is null and told.order_line_id in (select order_line_id from ended)
)

select ended.order_line_id, ended.location_id, ended.effective_at, sum(decided.quantity) as qty_left
from ended
inner join decided
    on ended.order_line_id = decided.order_line_id
    and ended.sku = decided.sku
    and ended.location_id = decided.location_id
    {# Of what the run itself tells, only documents that it made again: the others are of what it allocated anew. #}
    and (
        decided.effective_at < ended.effective_at
        or (decided.effective_at = ended.effective_at and decided.is_before_the_run)
    )
group by ended.order_line_id, ended.sku, ended.location_id, ended.effective_at
having sum(decided.quantity) < 0
