{{ config(tags=['ground'], materialized='table') }}

select
    {{ concat_id(['channel_id', 'order_ref', 'line_ref']) }} as order_line_id,
    {{ concat_id(['channel_id', 'order_ref']) }} as order_id,
    channel_id,
    order_ref,
    line_ref,
    sku,
    description,
    quantity,
    unit_price_minor,
    discount_minor,
    tax_minor,
    currency,
    customer_key,
    ship_to_country,
    ship_to_region,
    location_id,
    fulfilment_method,
    line_status,
    status_reason,
    effective_at,
    business_date,
    updated_at,
    feed,
    file_sha256,
    row_number,
    known_at,
    first_business_date
from (
    select
        stated.*,
        row_number() over (
            partition by channel_id, order_ref, line_ref
            order by known_at desc, updated_at desc, stated.row_number desc, file_sha256 desc
        ) as statement_rank,
        min(business_date) over (partition by channel_id, order_ref, line_ref) as first_business_date
    from {{ source('raw', 'order_lines') }} as stated
) as ranked
where statement_rank = 1
