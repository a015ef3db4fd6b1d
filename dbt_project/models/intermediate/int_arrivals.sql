{#- What has arrived from suppliers, by day and by the purchase order that it names, if any; one row a load that told of
    some. A build that died is done again, and says of the same loads the same. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='delete+insert', unique_key='load_number') }}

select po_ref, sku, location_id, business_date, {{ sum_bigint('quantity') }} as quantity, load_number
from {{ new_rows(ref('stg_stock_movements')) }} as movements
where kind = 'receipt'
group by po_ref, sku, location_id, business_date, load_number
