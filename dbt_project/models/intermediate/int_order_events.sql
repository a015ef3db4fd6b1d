{#- Stated events that stand: not replaced by another of their source, and not a mere taking back. -#}
{{ config(tags=['ground'], materialized='view') }}

select events.*
from {{ ref('stg_order_events') }} as events
left join {{ ref('stg_order_events') }} as corrections 
    on events.event_id = corrections.corrects_id
    and events.event_id <> corrections.event_id
where corrections.event_id is null and events.quantity > 0
