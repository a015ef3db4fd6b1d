{#- What earlier runs decided, and what this one ends: what locations were told of, and what they were not. -#}
{{ config(tags=['ground'], materialized='view') }}

select order_line_id, sku, location_id, decision, quantity, release_due_at, effective_at, business_date
from {{ ref('stg_earlier_allocations') }}

union all

select
    order_line_id,
    sku,
    location_id,
    'expired' as decision,
    qty_expiring - qty_untold as quantity,
    cast(null as timestamp with time zone) as release_due_at,
    ended_at as effective_at,
    {{ as_of_date() }} as business_date
from {{ ref('int_expiring_reservations') }}
where qty_expiring > qty_untold

union all

select
    order_line_id,
    sku,
    location_id,
    'expired' as decision,
    qty_untold as quantity,
    untold_due_at as release_due_at,
    ended_at as effective_at,
    {{ as_of_date() }} as business_date
from {{ ref('int_expiring_reservations') }}
where qty_untold > 0
