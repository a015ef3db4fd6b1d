{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_order_lines'}}}) }}

select order_line_id, qty_open
from {{ ref('fct_order_lines') }}
where qty_open <> 0
