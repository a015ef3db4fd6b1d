{{ config(tags=['decisions'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_inventory_position'}}}) }}

select sku, location_id, qty_on_hand, qty_blocked, qty_oversell, qty_reserved
from {{ ref('fct_inventory_position') }}
where qty_reserved < 0 or (qty_reserved > 0 and qty_reserved > {{ qty_sellable() }} + qty_oversell)
