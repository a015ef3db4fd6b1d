{{ config(tags=['decisions']) }}

select sku, channel_id, target_date, round(sum(qty_mean), 4) as qty_mean
from {{ ref('fct_forecast_mean') }}
group by sku, channel_id, target_date
