{{ config(tags=['ground'], severity='warn', meta={'dagster': {'ref': {'name': 'rpt_waiting_events'}}}) }}

select fact_id, order_line_id, known_at
from {{ ref('rpt_waiting_events') }}
