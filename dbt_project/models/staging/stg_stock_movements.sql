{#- Movements as they were stated first. A receiver may name what arrives of a transfer by its sender's number, which he, or
    another sender, may have used himself: what bears that number already keeps it as its id, and what comes to bear it
    later has in its id whose number it is. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='movement_id') }}

with stated as {{ not_materialized() }} (
    select
        *,
        {{ concat_id(["'movement'", 'location_id', 'movement_ref', 'line_ref']) }} as number_id,
        {{ numbered_by() }} as numbered_by
    from {{ new_rows(source('raw', 'stock_movements')) }} as fresh
),

first_stated as (
    {{ first_statement('stated', ['location_id', 'movement_ref', 'line_ref', 'numbered_by']) }}
),

{#- Only arrivals of transfers can bear a number that something else bears. -#}
shared as (
    select number_id, numbered_by
    from (
        select number_id, numbered_by, row_number() over (partition by number_id order by known_at, file_sha256, row_number) as place
        from stated
        where number_id in (select number_id from stated where kind = 'transfer_in')
    ) as bearers
    where place = 1
)
{%- if is_incremental() %},

posted as (
    select movement_id as number_id, {{ numbered_by() }} as numbered_by
    from {{ this }}
    where movement_id in (select number_id from stated)
)
{%- endif %}

select
    case
        when coalesce({% if is_incremental() %}posted.numbered_by, {% endif %}shared.numbered_by, first_stated.numbered_by) = first_stated.numbered_by
            then first_stated.number_id
        else {{ concat_id(['first_stated.number_id', 'first_stated.numbered_by']) }}
    end as movement_id,
    {{ concat_id(['channel_id', 'order_ref', 'order_line_ref']) }} as order_line_id,
    {{ concat_id(['channel_id', 'order_ref']) }} as order_id,
    movement_ref,
    line_ref,
    kind,
    sku,
    location_id,
    quantity,
    disposition,
    reason,
    po_ref,
    channel_id,
    order_ref,
    order_line_ref,
    counterparty_location_id,
    lot_ref,
    serial_ref,
    carrier,
    tracking_ref,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at,
    load_number
from first_stated
left join shared on first_stated.number_id = shared.number_id
{% if is_incremental() %}left join posted on first_stated.number_id = posted.number_id{% endif %}
