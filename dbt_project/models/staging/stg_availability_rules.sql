{#- `*` where a rule covers all: scopes compare as texts. -#}
{{ config(tags=['ground']) }}

select
    rule,
    coalesce(supplier_id, '*') as supplier_id,
    coalesce(channel_id, '*') as channel_id,
    coalesce(location_id, '*') as location_id,
    coalesce(sku, '*') as sku,
    value,
    effective_at,
    business_date,
    known_at
from (
    {# In force from its own day on. #}
    {{ latest_statement(
        "(select * from " ~ source('raw', 'availability_rules') ~ " where business_date <= " ~ as_of_date() ~ ")",
        ['rule', 'supplier_id', 'channel_id', 'location_id', 'sku'], tie_breaker='effective_at'
    ) }}
) as latest
