{{ config(tags=['decisions'], materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}

{#- A run's rows never change once landed: what is new is a run that is not here yet. -#}
select
    run_id,
    origin_date,
    model,
    segment,
    metric,
    value,
    series_count
from {{ ref('stg_forecast_accuracy') }}
{% if is_incremental() -%}
where run_id not in (select distinct run_id from {{ this }})
{%- endif %}
