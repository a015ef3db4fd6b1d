{#- The statement of a line that its channel made last, by the channel's own clock: the order in which statements reach
    us makes no difference. A stored line stands for all statements it was chosen from. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='replaced', unique_key='order_line_id') }}

{% set columns = [
    'channel_id', 'order_ref', 'line_ref', 'sku', 'description', 'quantity', 'unit_price_minor', 'discount_minor',
    'tax_minor', 'currency', 'customer_key', 'customer_group', 'ship_to_country', 'ship_to_region', 'location_id', 'fulfilment_method',
    'line_status', 'status_reason', 'promised_date', 'effective_at', 'business_date', 'updated_at', 'feed', 'file_sha256', 'row_number',
    'known_at'
] | join(', ') %}

{% set landed %}
    (
        select
            {{ concat_id(['channel_id', 'order_ref', 'line_ref']) }} as order_line_id,
            {{ concat_id(['channel_id', 'order_ref']) }} as order_id,
            {{ columns }},
            business_date as first_business_date,
            load_number as first_load,
            1 as statement_count
        from {{ new_rows(source('raw', 'order_lines')) }} as stated
    ) as landed
{% endset %}

with {% if is_incremental() -%}
{#- Keys first: of history's other columns only the days of those found are read. -#}
known_keys as {{ materialized() }} (
    select order_line_id, business_date from {{ this }} where order_line_id in (select order_line_id from {{ landed }})
),

known as (
    select stated.*
    from {{ this }} as stated
    inner join known_keys
        on stated.business_date = known_keys.business_date and stated.order_line_id = known_keys.order_line_id
),
{%- else -%}
known as (
    select * from {{ landed }} where 1 = 0
),
{%- endif %}

{#- Nearly all lines are stated once: only the others are ranked, since ranking sorts whole rows. -#}
repeated as (
    select order_line_id
    from (select order_line_id from {{ landed }} union all select order_line_id from known) as statements
    group by order_line_id
    having count(*) > 1
),

ranked as (
    select
        order_line_id,
        order_id,
        {{ columns }},
        min(first_business_date) over (partition by order_line_id) as first_business_date,
        min(first_load) over (partition by order_line_id) as first_load,
        sum(statement_count) over (partition by order_line_id) as statement_count,
        row_number() over (
            partition by order_line_id
            order by updated_at desc, known_at desc, row_number desc, file_sha256 desc
        ) as statement_rank
    from (select * from {{ landed }} union all select * from known) as statements
    where order_line_id in (select order_line_id from repeated)
)

select order_line_id, order_id, {{ columns }}, first_business_date, first_load, statement_count
from {{ landed }}
where order_line_id not in (select order_line_id from repeated)

union all

select
    order_line_id, order_id, {{ columns }}, first_business_date, first_load,
    cast(statement_count as integer) as statement_count
from ranked
where statement_rank = 1
