{#- On whole units and quiet series the band covers more than it names; less than this is a model that has broken. Few
    series scatter too much to say. -#}
{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_forecast_accuracy'}}}) }}

select origin_date, model, segment, value, series_count
from {{ ref('fct_forecast_accuracy') }}
where
    metric = 'coverage_90'
    and value < 0.8
    and series_count >= 100
    and model not in ('seasonal_naive', 'empirical_91')
    and run_id in ({{ latest_run(ref('stg_forecast_accuracy')) }})
