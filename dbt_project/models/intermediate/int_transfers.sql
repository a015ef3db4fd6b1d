{#- What left for another of our places, and what that place says came, by the document that both name; one row a load
    that told of some. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='delete+insert', unique_key='load_number') }}

select
    {# A receiver names the sender's movement, or the transfer's order. #}
    case when kind = 'transfer_in' then coalesce(po_ref, movement_ref) else movement_ref end as transfer_ref,
    sku,
    case when kind = 'transfer_out' then location_id else other_id end as from_location_id,
    case when kind = 'transfer_out' then other_id else location_id end as location_id,
    {{ sum_bigint("case when kind = 'transfer_out' then quantity else 0 end") }} as qty_sent,
    {{ sum_bigint("case when kind = 'transfer_in' then quantity else 0 end") }} as qty_received,
    min(business_date) as first_date,
    load_number
from (
    {# Transfers without another end have been refused since; they are landed all the same. #}
    select moved.*, coalesce(counterparty_location_id, 'unknown') as other_id
    from {{ new_rows(ref('stg_stock_movements')) }} as moved
    where kind in ('transfer_out', 'transfer_in')
) as movements
group by 1, 2, 3, 4, load_number
