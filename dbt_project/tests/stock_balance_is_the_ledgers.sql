{{ config(tags=['ground'], severity='error', meta={'dagster': {'ref': {'name': 'int_stock_balance'}}}) }}

with ledger as (
    select sku, location_id, sum(quantity) as qty_on_hand
    from {{ ref('fct_inventory_postings') }}
    where account = 'on_hand'
    group by sku, location_id
)

select balance.sku, balance.location_id, balance.qty_on_hand, ledger.qty_on_hand as qty_posted
from {{ ref('int_stock_balance') }} as balance
left join ledger on balance.sku = ledger.sku and balance.location_id = ledger.location_id
where balance.qty_on_hand <> coalesce(ledger.qty_on_hand, 0)
