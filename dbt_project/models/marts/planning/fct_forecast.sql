{#- The runs of the last seven business days: a year of daily runs would be a hundred million rows to publish every
    day. All of them stay in landing, and what they were worth in fct_forecast_accuracy.
    A run's rows never change once landed: what is new is a run that is not here yet. -#}
{{ config(
    tags=['decisions'],
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    post_hook="delete from {{ this }} where origin_date <= {{ days_after(as_of_date(), -7) }}"
) }}

select
    run_id,
    sku,
    location_id,
    origin_date,
    horizon_days,
    target_date,
    quantile,
    qty_forecast,
    qty_unaltered,
    model
from {{ ref('stg_forecasts') }}
{% if is_incremental() -%}
where
    origin_date > {{ days_after(as_of_date(), -7) }}
    and run_id not in (select distinct run_id from {{ this }})
{%- endif %}
