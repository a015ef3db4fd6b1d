{#- Known since it was first said so: a calendar that is sent whole every night tells nothing new of most of it. -#}
{{ config(tags=['ground']) }}

{% set said %}
    (
        select
            stated.*,
            min(known_at) over (
                partition by override_ref, kind, value, sku, location_id, category, first_date, last_date
            ) as first_known_at
        from {{ source('raw', 'forecast_overrides') }} as stated
    )
{% endset %}

select
    override_ref,
    kind,
    value,
    sku,
    location_id,
    category,
    first_date,
    last_date,
    event,
    reason,
    effective_at,
    first_known_at as known_at
from (
    {{ latest_statement(said, ['override_ref']) }}
) as latest
