{{ config(tags=['ground'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_supplier_confirmations'}}}) }}

select supplier_id, po_ref, line_ref, statement_ref, known_at
from {{ ref('fct_supplier_confirmations') }}
where not is_known and is_in_force
