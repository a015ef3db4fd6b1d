{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_order_lines'}}}) }}

select order_line_id
from {{ tested(ref('fct_order_lines')) }} as lines
where
    qty_ordered
    <> qty_cancelled + qty_held + qty_fulfilled + qty_allocated + qty_backordered + qty_open
