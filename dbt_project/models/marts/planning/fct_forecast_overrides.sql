{{ config(tags=['ground']) }}

with stated as (
    select *, kind <> 'withdrawn' and last_date > {{ as_of_date() }} as is_in_force
    from {{ ref('stg_forecast_overrides') }}
),

categories as (
    select distinct category from {{ ref('dim_product') }}
)

select
    stated.override_ref,
    stated.kind,
    stated.value,
    stated.sku,
    stated.location_id,
    stated.category,
    stated.first_date,
    stated.last_date,
    stated.event,
    stated.reason,
    stated.is_in_force,
    stated.is_in_force and (
        (stated.sku is not null and products.sku is null)
        or (stated.location_id is not null and locations.location_id is null)
        or (stated.category is not null and categories.category is null)
    ) as is_idle,
    stated.effective_at as stated_at,
    stated.known_at
from stated
left join {{ ref('dim_product') }} as products on stated.sku = products.sku
left join {{ ref('dim_location') }} as locations on stated.location_id = locations.location_id
left join categories on stated.category = categories.category
