{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_allocations'}}}) }}

select unreleased.order_line_id, unreleased.location_id, unreleased.qty_unreleased, unreleased.release_due_at
from {{ ref('int_unreleased') }} as unreleased
inner join {{ ref('int_order_lines') }} as lines on unreleased.order_line_id = lines.order_line_id
where
    not lines.is_held
    and unreleased.release_due_at <= (select max(effective_at) from {{ ref('stg_allocation_runs') }})
