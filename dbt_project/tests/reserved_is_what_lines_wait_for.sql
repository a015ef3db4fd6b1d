{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_inventory_position'}}}) }}

with reserved as (
    select order_line_id, sum(qty_reserved) as qty_reserved
    from {{ ref('int_reservations') }}
    group by order_line_id
)

select lines.order_line_id, lines.qty_allocated, lines.qty_held, reserved.qty_reserved
from {{ tested(ref('fct_order_lines')) }} as lines
left join reserved on lines.order_line_id = reserved.order_line_id
where
    (lines.qty_held = 0 and coalesce(reserved.qty_reserved, 0) <> lines.qty_allocated)
    or coalesce(reserved.qty_reserved, 0) > lines.qty_held + lines.qty_allocated
