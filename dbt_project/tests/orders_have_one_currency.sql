{{ config(tags=['decisions'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_orders'}}}) }}

select order_id, count(distinct currency) as currency_count
from {{ ref('fct_order_lines') }}
group by order_id
having count(distinct currency) > 1
