{#- What the back-tests of the newest week of origins say, against those whose outcomes were others: a month before and
    longer. A forecast that covers too little stops the run by itself (forecasts_cover_their_band). -#}
{{ config(tags=['decisions']) }}

with tested as (
    select
        origin_date,
        segment,
        metric,
        case when model in ('seasonal_naive', 'empirical_91') then model else 'in use' end as model,
        avg(value) as value,
        max(series_count) as series_count
    from {{ ref('fct_forecast_accuracy') }}
    where model not in ('overridden', 'demand') and segment in ('all', 'A', 'B', 'C')
    group by 1, 2, 3, 4
),

newest as (
    select max(origin_date) as origin_date from tested
),

compared as (
    select
        tested.segment,
        newest.origin_date,
        avg(case when tested.origin_date > {{ days_after('newest.origin_date', -7) }} and model = 'in use' and metric = 'spl' then value end) as spl,
        avg(case when tested.origin_date > {{ days_after('newest.origin_date', -7) }} and model = 'empirical_91' and metric = 'spl' then value end) as spl_of_last_days,
        avg(case when tested.origin_date > {{ days_after('newest.origin_date', -7) }} and model = 'in use' and metric = 'value_added' then value end) as value_added,
        avg(case when tested.origin_date <= {{ days_after('newest.origin_date', -28) }} and model = 'in use' and metric = 'value_added' then value end) as value_added_before,
        avg(case when tested.origin_date > {{ days_after('newest.origin_date', -7) }} and model = 'in use' and metric = 'bias' then value end) as bias,
        avg(case when tested.origin_date > {{ days_after('newest.origin_date', -7) }} and model = 'in use' and metric = 'coverage_90' then value end) as coverage
    from tested
    cross join newest
    where tested.series_count >= 30
    group by tested.segment, newest.origin_date
),

raised as (
    select 'challenger' as kind, segment, origin_date, spl as value, spl_of_last_days as limit_value
    from compared
    where spl > spl_of_last_days
    union all
    select 'drift' as kind, segment, origin_date, value_added as value, value_added_before - 0.05 as limit_value
    from compared
    where value_added < value_added_before - 0.05
    union all
    select
        'bias' as kind,
        segment,
        origin_date,
        bias as value,
        case when bias > 0 then 0.15 else -0.15 end as limit_value
    from compared
    where abs(bias) > 0.15
    union all
    select 'coverage' as kind, segment, origin_date, coverage as value, 0.85 as limit_value
    from compared
    where coverage < 0.85
    union all
    select 'silence' as kind, segment, origin_date, max(value) as value, 0.0 as limit_value
    from {{ ref('fct_forecast_accuracy') }}
    where
        metric = 'days_unheard'
        and value > 0
        and origin_date in (select max(origin_date) from {{ ref('fct_forecast_accuracy') }} where metric = 'days_unheard')
    group by segment, origin_date
)

select
    kind,
    segment,
    origin_date,
    cast(round(value, 6) as double) as value,
    cast(round(limit_value, 6) as double) as limit_value
from raised
