{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_shipments'}}}) }}

{#- What left on a day is what events say has left on it, and what came back of a line has its row. -#}
with told as (
    select business_date, count(*) as shipments, sum(quantity) as quantity
    from {{ tested(ref('fct_order_events')) }} as events
    where event_type = 'shipped'
    group by business_date
),

shipped as (
    select business_date, count(*) as shipments, sum(quantity) as quantity
    from {{ tested(ref('fct_shipments')) }} as shipments
    group by business_date
)

select cast(coalesce(told.business_date, shipped.business_date) as {{ type_string() }}) as offending, 'shipped' as flow
from told
full outer join shipped on told.business_date = shipped.business_date
where told.shipments is distinct from shipped.shipments or told.quantity is distinct from shipped.quantity
union all
select lines.order_line_id as offending, 'returned' as flow
from {{ tested(ref('fct_order_lines')) }} as lines
left join {{ tested(ref('fct_returns')) }} as returns on lines.order_line_id = returns.order_line_id
where lines.qty_returned > 0 and returns.qty_returned is distinct from lines.qty_returned
