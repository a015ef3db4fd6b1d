{{ config(tags=['ground'], severity='error', meta={'dagster': {'ref': {'name': 'int_stock_balance'}}}) }}

{{ differs_from_the_ledger(ref('int_stock_balance')) }}
