{#- A day's expected demand is one number, whichever way it is cut; rounding apart. -#}
{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_forecast_mean'}}}) }}

with cuts as (
    select 'sku_location_channel' as cut, target_date, sum(qty_mean) as qty_mean, count(*) as part_count
    from {{ ref('fct_forecast_mean') }} group by target_date
    union all
    select 'sku_channel', target_date, sum(qty_mean), count(*) from {{ ref('rpt_forecast_by_channel') }} group by target_date
    union all
    select 'category_region', target_date, sum(qty_mean), count(*) from {{ ref('rpt_forecast_by_region') }} group by target_date
)

select target_date, min(qty_mean) as qty_least, max(qty_mean) as qty_most
from cuts
group by target_date
having max(qty_mean) - min(qty_mean) > 0.0001 * sum(part_count) or count(*) < 3
