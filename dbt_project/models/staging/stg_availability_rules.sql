{{ config(tags=['ground']) }}

select rule, scope_kind, scope_value, value, effective_at, known_at
from (
    {{ latest_statement(source('raw', 'availability_rules'), ['rule', 'scope_kind', 'scope_value']) }}
) as latest
