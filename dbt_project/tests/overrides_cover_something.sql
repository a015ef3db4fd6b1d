{{ config(tags=['ground'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_forecast_overrides'}}}) }}

select override_ref, sku, location_id, category
from {{ ref('fct_forecast_overrides') }}
where
    is_in_force
    and (
        sku not in (select sku from {{ ref('dim_product') }})
        or location_id not in (select location_id from {{ ref('dim_location') }})
        or category not in (select category from {{ ref('dim_product') }} where category is not null)
    )
