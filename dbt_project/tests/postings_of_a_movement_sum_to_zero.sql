{{ config(tags=['ground'], severity='error', meta={'dagster': {'ref': {'name': 'fct_inventory_postings'}}}) }}

select movement_id, sum(quantity) as qty_out_of_balance, count(*) as posting_count
from {{ tested(ref('fct_inventory_postings')) }} as postings
group by movement_id
having sum(quantity) <> 0 or count(*) <> 2
