{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_atp'}}}) }}

select sku, location_id, supply_ref, qty_supply, qty_pegged, qty_pre_sold
from {{ ref('fct_atp') }}
where (qty_pegged > qty_supply or qty_pre_sold > qty_pegged) and supply_type <> 'on_hand'
