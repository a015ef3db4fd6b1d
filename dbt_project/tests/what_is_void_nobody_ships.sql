{{ config(tags=['decisions'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_exports'}}}) }}

select distinct export_id, partner_id, answered_at
from {{ ref('fct_exports') }}
where is_void and answer = 'accepted'
