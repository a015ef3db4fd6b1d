{#- On whole units and quiet series the band covers more than it names; less than this is a model that has broken. Where
    most days sell nothing, half of every quantile still covers nine days of ten: there the wider band tells, which holds
    more than the series' own last 91 days did even of a Christmas. Few series scatter too much to say. -#}
{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_forecast_accuracy'}}}) }}

with tested as (
    select
        origin_date,
        model,
        segment,
        metric,
        value,
        series_count,
        max(case when model = 'empirical_91' then value end)
            over (partition by origin_date, segment, metric) as value_of_last_days
    from {{ ref('fct_forecast_accuracy') }}
    where
        metric in ('coverage_90', 'coverage_99')
        and series_count >= 100
        and run_id in ({{ latest_run(ref('stg_forecast_accuracy')) }})
)

select origin_date, model, segment, metric, value, value_of_last_days, series_count
from tested
where
    model not in ('seasonal_naive', 'empirical_91')
    and (
        (metric = 'coverage_90' and value < 0.8)
        -- What planners made of it is theirs.
        or (metric = 'coverage_99' and model <> 'overridden' and value < value_of_last_days - 0.01)
    )
