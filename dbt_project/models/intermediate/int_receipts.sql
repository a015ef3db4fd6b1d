{#- What has arrived against purchase orders; one row a build that learnt of some. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='append') }}

select po_ref, sku, location_id, {{ sum_bigint('quantity') }} as quantity, max(load_number) as load_number
from {{ new_rows(ref('stg_stock_movements')) }} as movements
where kind = 'receipt' and po_ref is not null
group by po_ref, sku, location_id
