{{ config(tags=['decisions']) }}

select
    means.run_id,
    means.sku,
    means.location_id,
    means.channel_id,
    means.origin_date,
    means.target_date,
    means.qty_mean,
    products.category,
    locations.region
from {{ ref('stg_forecast_means') }} as means
left join {{ ref('dim_product') }} as products on means.sku = products.sku
left join {{ ref('dim_location') }} as locations on means.location_id = locations.location_id
where means.run_id in ({{ latest_run(ref('stg_forecast_means')) }})
