{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_atp'}}}) }}

select sku, location_id, supply_ref, qty_supply, qty_pegged
from {{ ref('fct_atp') }}
where qty_pegged > qty_supply and supply_type <> 'on_hand'
