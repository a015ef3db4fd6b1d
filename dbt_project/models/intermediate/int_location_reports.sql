{#- When stock last moved or was counted at a location, and by which feed; one row a build that heard of it. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='append') }}

with said as (
    select location_id, feed, business_date, known_at, load_number
    from {{ new_rows(ref('int_inventory_movements')) }} as movements
    union all
    select location_id, feed, business_date, known_at, load_number
    from {{ new_rows(ref('stg_stock_counts')) }} as counts
)

select location_id, feed, max(business_date) as business_date, max(known_at) as known_at, max(load_number) as load_number
from said
group by location_id, feed
