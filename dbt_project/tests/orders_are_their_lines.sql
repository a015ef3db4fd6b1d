{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_orders'}}}) }}

with lines as (
    select
        order_id,
        count(*) as line_count,
        sum(qty_ordered) as qty_ordered,
        sum(gross_minor) as gross_minor,
        sum(net_minor) as net_minor
    from {{ tested(ref('fct_order_lines'), key='order_id') }} as lines
    group by order_id
)

select coalesce(orders.order_id, lines.order_id) as order_id
from {{ tested(ref('fct_orders')) }} as orders
full outer join lines on orders.order_id = lines.order_id
where
    orders.order_id is null
    or lines.order_id is null
    or orders.line_count <> lines.line_count
    or orders.qty_ordered <> lines.qty_ordered
    or orders.gross_minor <> lines.gross_minor
    or orders.net_minor <> lines.net_minor
    or orders.qty_ordered
    <> orders.qty_cancelled + orders.qty_held + orders.qty_fulfilled + orders.qty_allocated
    + orders.qty_backordered + orders.qty_open
