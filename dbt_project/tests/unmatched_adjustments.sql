{{ config(tags=['ground'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_demand_daily'}}}) }}

select adjustment_id
from {{ ref('int_adjustment_matches') }}
where order_line_id is null
