{{ config(tags=['decisions']) }}

select
    coalesce(category, '(none)') as category,
    coalesce(region, '(none)') as region,
    target_date,
    round(sum(qty_mean), 4) as qty_mean
from {{ ref('fct_forecast_mean') }}
group by coalesce(category, '(none)'), coalesce(region, '(none)'), target_date
