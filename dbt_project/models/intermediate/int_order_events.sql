{#- Stated events that stand: not replaced by another of their source, and not a mere taking back. -#}
{{ config(tags=['ground'], materialized='view') }}

select *
from {{ ref('stg_order_events') }}
where
    quantity > 0
    and event_id not in (
        select corrects_id from {{ ref('stg_order_events') }} where corrects_id is not null and corrects_id <> event_id
    )
