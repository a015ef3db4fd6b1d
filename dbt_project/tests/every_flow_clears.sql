{{ config(tags=['decisions'], severity='warn', meta={'dagster': {'ref': {'name': 'rpt_clearing'}}}) }}

select account, location_id, sku, cause, qty_overdue, age_days, limit_days, oldest_ref
from {{ ref('rpt_clearing') }}
where is_overdue
