{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_order_events'}}}) }}

with events as (
    select
        order_line_id,
        sum(case when event_type = 'placed' then 1 else 0 end) as placing_count,
        sum(case when event_type = 'shipped' then quantity else 0 end) as qty_shipped,
        sum(case when event_type = 'returned' then quantity else 0 end) as qty_returned
    from {{ tested(ref('fct_order_events')) }} as events
    group by order_line_id
)

select lines.order_line_id
from {{ tested(ref('int_order_lines')) }} as lines
left join events on lines.order_line_id = events.order_line_id
where
    coalesce(events.placing_count, 0) <> 1
    or events.qty_shipped <> lines.qty_shipped
    or events.qty_returned <> lines.qty_returned
