{{ config(tags=['decisions'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_inventory_position'}}}) }}

select sku, location_id, qty_on_hand, qty_blocked
from {{ ref('fct_inventory_position') }}
where qty_on_hand < 0 or qty_blocked < 0 or qty_on_hand < qty_blocked
