{{ config(tags=['ground']) }}

select
    {{ concat_id(['channel_id', 'order_ref']) }} as order_id,
    channel_id,
    order_ref,
    line_ref,
    charge_code,
    description,
    amount_minor,
    currency,
    customer_key,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from (
    {{ first_statement(source('raw', 'order_charges'), ['channel_id', 'order_ref', 'line_ref']) }}
) as first_stated
