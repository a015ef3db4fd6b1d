{{ config(tags=['decisions']) }}

select
    ats.sku,
    ats.channel_id,
    {{ sum_bigint('ats.qty_ats') }} as qty_ats,
    count(case when ats.qty_ats > 0 then 1 end) as location_count,
    {{ sum_bigint('ats.qty_pre_sell') }} as qty_pre_sell,
    min(ats.pre_sell_date) as pre_sell_date
from {{ ref('fct_ats_by_channel') }} as ats
inner join {{ ref('dim_location') }} as locations on ats.location_id = locations.location_id
where locations.ships_orders
group by ats.sku, ats.channel_id
