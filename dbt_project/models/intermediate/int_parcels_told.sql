{#- How many parcels earlier runs have a location make, by the instant at which it was or is told of them: an order's lines by
    one method that go with one telling are one. What a run took back before the location was told makes none. A view, read
    by Python where the sourcing rules limit what a location makes in a day. -#}
{{ config(tags=['ground'], materialized='view') }}

with decided as (
    select
        order_line_id,
        location_id,
        greatest(coalesce(release_due_at, effective_at), effective_at) as told_at,
        case when decision = 'expired' then -quantity else quantity end as quantity
    from {{ ref('int_kept_decisions') }}
    where decision = 'allocated' or (decision = 'expired' and release_due_at is not null)
),

parcels as (
    select decided.location_id, lines.order_id, lines.fulfilment_method, decided.told_at
    from decided
    inner join {{ ref('int_order_lines') }} as lines on decided.order_line_id = lines.order_line_id
    group by decided.location_id, lines.order_id, lines.fulfilment_method, decided.told_at
    having sum(decided.quantity) > 0
)

select location_id, told_at, count(*) as parcels
from parcels
group by location_id, told_at
