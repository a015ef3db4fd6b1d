{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_shipments'}}}) }}

{#- What left of a line is what its events say has left of it, and what came back has its row. -#}
with told as (
    select order_line_id, sum(quantity) as qty_shipped
    from {{ tested(ref('fct_order_events')) }} as events
    where event_type = 'shipped'
    group by order_line_id
),

shipped as (
    select order_line_id, sum(quantity) as qty_shipped
    from {{ tested(ref('fct_shipments')) }} as shipments
    group by order_line_id
)

select coalesce(told.order_line_id, shipped.order_line_id) as order_line_id, 'shipped' as flow
from told
full outer join shipped on told.order_line_id = shipped.order_line_id
where told.qty_shipped is distinct from shipped.qty_shipped
union all
select lines.order_line_id, 'returned' as flow
from {{ tested(ref('fct_order_lines')) }} as lines
left join {{ tested(ref('fct_returns')) }} as returns on lines.order_line_id = returns.order_line_id
where lines.qty_returned > 0 and returns.qty_returned is distinct from lines.qty_returned
