{{ config(tags=['decisions'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_order_events'}}}) }}

select events.order_line_id, count(*) as event_count
from {{ ref('fct_order_events') }} as events
left join {{ ref('fct_order_lines') }} as lines on events.order_line_id = lines.order_line_id
where lines.order_line_id is null
group by events.order_line_id
