{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_inventory_position'}}}) }}

{{ differs_from_the_ledger(ref('fct_inventory_position')) }}
