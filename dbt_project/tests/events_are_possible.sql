{{ config(tags=['decisions'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_order_events'}}}) }}

select event_id, order_line_id, event_type, quantity
from {{ tested(ref('fct_order_events')) }} as events
where not is_possible
