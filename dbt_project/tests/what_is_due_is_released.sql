{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_allocations'}}}) }}

{#- An order that ships whole waits while any line of it is held; which do is the sourcing rules' word. -#}
select unreleased.order_line_id, unreleased.location_id, unreleased.qty_unreleased, unreleased.release_due_at
from {{ ref('int_unreleased') }} as unreleased
inner join {{ ref('int_unfinished_lines') }} as lines on unreleased.order_line_id = lines.order_line_id
where
    lines.order_id not in (select order_id from {{ ref('int_unfinished_lines') }} where is_held and qty_rest > 0)
    and unreleased.release_due_at <= (select max(effective_at) from {{ ref('stg_allocation_runs') }})
