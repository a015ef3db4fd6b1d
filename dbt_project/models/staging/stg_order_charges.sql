{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='charge_id') }}

select
    {{ concat_id(['channel_id', 'order_ref', 'line_ref']) }} as charge_id,
    {{ concat_id(['channel_id', 'order_ref']) }} as order_id,
    amount_minor
from (
    {{ first_statement(new_rows(source('raw', 'order_charges')), ['channel_id', 'order_ref', 'line_ref']) }}
) as first_stated
