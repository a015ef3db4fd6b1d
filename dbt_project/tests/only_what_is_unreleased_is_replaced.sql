{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_allocations'}}}) }}

{#- An end that says that its location had not been told: by then there must have been as much that no document had said. -#}
with ended as (
    select order_line_id, sku, location_id, effective_at
    from {{ ref('stg_allocations') }}
    where decision = 'expired' and release_due_at is not null{% if not is_whole_build() %} and load_number > {{ decisions_load() }}{% endif %}
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
),

{#- Beside an end the run may have allocated and told anew: what it told in a first revision is of that, and beyond that it
    is as told as what an earlier run did. -#}
compared as (
    select
        ended.order_line_id, ended.location_id, ended.effective_at,
        sum(case
            when decided.effective_at < ended.effective_at or decided.is_before_the_run then decided.quantity else 0
        end) as qty_before,
        sum(case
            when decided.effective_at = ended.effective_at and not decided.is_before_the_run then decided.quantity else 0
        end) as qty_anew
    from ended
    inner join decided
        on ended.order_line_id = decided.order_line_id
        and ended.sku = decided.sku
        and ended.location_id = decided.location_id
        and decided.effective_at <= ended.effective_at
    group by ended.order_line_id, ended.sku, ended.location_id, ended.effective_at
)

select order_line_id, location_id, effective_at, qty_before + least(qty_anew, 0) as qty_left
from compared
where qty_before + least(qty_anew, 0) < 0
