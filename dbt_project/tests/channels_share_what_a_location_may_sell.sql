{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_ats_by_channel'}}}) }}

select ats.sku, ats.location_id, sum(ats.qty_protected) as qty_protected, max(position.qty_ats) as qty_ats
from {{ ref('fct_ats_by_channel') }} as ats
inner join {{ ref('fct_inventory_position') }} as position
    on ats.sku = position.sku and ats.location_id = position.location_id
group by ats.sku, ats.location_id
having
    sum(ats.qty_protected) > max(position.qty_ats)
    or max(ats.qty_ats) > max(position.qty_ats)
    or min(ats.qty_ats - ats.qty_protected) < 0
    or min(ats.qty_ats - ats.qty_protected) <> max(ats.qty_ats - ats.qty_protected)
