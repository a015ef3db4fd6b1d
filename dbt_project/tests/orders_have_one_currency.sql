{{ config(tags=['decisions'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_orders'}}}) }}

select order_id, count(distinct currency) as currency_count
from {{ tested(ref('fct_order_lines'), key='order_id') }} as lines
group by order_id
having count(distinct currency) > 1
