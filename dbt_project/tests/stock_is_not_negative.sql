{{ config(tags=['decisions'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_inventory_position'}}}) }}

select sku, location_id, qty_on_hand
from {{ ref('fct_inventory_position') }}
where qty_on_hand < 0
