{{ config(tags=['ground'], severity='error', meta={'dagster': {'ref': {'name': 'fct_inventory_daily'}}}) }}

with ledger as (
    select sku, location_id, sum(quantity) as qty_on_hand
    from {{ ref('fct_inventory_postings') }}
    where account = 'on_hand' and business_date <= {{ as_of_date() }}
    group by sku, location_id
),

closing as (
    select sku, location_id, qty_closing
    from {{ ref('fct_inventory_daily') }}
    where business_date = {{ as_of_date() }}
)

select coalesce(ledger.sku, closing.sku) as sku, ledger.qty_on_hand, closing.qty_closing
from ledger
full outer join closing on ledger.sku = closing.sku and ledger.location_id = closing.location_id
where ledger.sku is null or closing.sku is null or ledger.qty_on_hand <> closing.qty_closing
