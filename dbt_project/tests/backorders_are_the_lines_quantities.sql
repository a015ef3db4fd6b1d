{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_backorders'}}}) }}

with sides as (
    select order_line_id, qty_backordered as quantity from {{ ref('fct_order_lines') }} where qty_backordered <> 0
    union all
    select order_line_id, -qty_backordered as quantity from {{ ref('fct_backorders') }}
)

select order_line_id, sum(quantity) as qty_difference
from sides
group by order_line_id
having sum(quantity) <> 0
