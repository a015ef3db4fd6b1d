{{ config(tags=['ground']) }}

select rule, scope_kind, scope_value, value, effective_at, known_at
from (
    {# In force from its own day on. #}
    {{ latest_statement(
        "(select * from " ~ source('raw', 'availability_rules') ~ " where business_date <= " ~ as_of_date() ~ ")",
        ['rule', 'scope_kind', 'scope_value'], tie_breaker='effective_at'
    ) }}
) as latest
