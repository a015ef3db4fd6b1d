{{ config(tags=['ground']) }}

select sku, substitute_sku, preference, effective_at, known_at
from (
    {{ latest_statement(source('raw', 'substitutes'), ['sku', 'substitute_sku']) }}
) as latest
where preference > 0
