{{ config(tags=['ground'], severity='warn', meta={'dagster': {'ref': {'name': 'fct_inventory_postings'}}}) }}

select received.movement_id, received.po_ref, received.sku, received.location_id, min(ordered.location_id) as ordered_to, received.quantity
from {{ ref('stg_stock_movements') }} as received
inner join {{ ref('int_purchase_lines') }} as ordered
    on received.po_ref = ordered.po_ref
    and received.sku = ordered.sku
where
    received.kind = 'receipt'
    {% if not is_whole_build() %}and received.load_number > {{ built_load() }}{% endif %}
group by received.movement_id, received.po_ref, received.sku, received.location_id, received.quantity
having max(case when ordered.location_id = received.location_id then 1 else 0 end) = 0
