{#- What locations gave back since a run decided last, by order line: the order desk's word, landed in this run, which ends
    at once what is reserved. -#}
{{ config(tags=['ground']) }}

select order_line_id, location_id, {{ sum_bigint('quantity') }} as quantity
from {{ ref('int_order_events') }}
where
    event_type = 'given_back'
    and known_at > (select max(known_at) from {{ ref('stg_earlier_allocations') }})
group by order_line_id, location_id
