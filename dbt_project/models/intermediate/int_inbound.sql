{#- What is still to come, by SKU, location and day. -#}
{{ config(tags=['ground']) }}

select
    sku,
    location_id,
    expected_date,
    {{ sum_bigint('qty_remaining') }} as qty_inbound
from {{ ref('int_inbound_lines') }}
where is_awaited
group by sku, location_id, expected_date
