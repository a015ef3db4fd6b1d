{#- Known since it was first said so: a calendar that is sent whole every night tells nothing new of most of it. -#}
{{ config(tags=['ground']) }}

{% set said %}
    (
        select
            stated.*,
            min(known_at) over (
                partition by event_ref, kind, discount_share, sku, location_id, category, first_date, last_date
            ) as first_known_at
        from {{ source('raw', 'planned_events') }} as stated
    )
{% endset %}

select
    event_ref,
    kind,
    discount_share,
    sku,
    location_id,
    category,
    first_date,
    last_date,
    name,
    effective_at,
    first_known_at as known_at
from (
    {{ latest_statement(said, ['event_ref']) }}
) as latest
