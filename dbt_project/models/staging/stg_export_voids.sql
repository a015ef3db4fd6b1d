{{ config(tags=['decisions']) }}

select export_id, effective_at as voided_at, known_at
from (
    {{ first_statement(source('raw', 'export_voids'), ['export_id']) }}
) as first_stated
