{{ config(tags=['ground']) }}

select
    sku,
    description,
    category,
    supplier_id,
    unit_cost_minor,
    unit_price_minor,
    currency,
    pack_quantity,
    is_active,
    min_order_quantity,
    shelf_life_days,
    unit_volume_ml,
    supersedes_sku,
    weight_grams,
    handling_class,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from (
    {{ latest_statement(source('raw', 'products'), ['sku']) }}
) as latest
