{{ config(tags=['decisions'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_inventory_position'}}}) }}

select sku, location_id, qty_on_hand, qty_blocked, qty_oversell
from {{ ref('fct_inventory_position') }}
where qty_blocked < 0 or least(qty_on_hand, qty_on_hand - qty_blocked) + qty_oversell < 0
