{{ config(tags=['ground'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_forecast_overrides'}}}) }}

select override_ref, sku, location_id, category
from {{ ref('fct_forecast_overrides') }}
where is_idle
