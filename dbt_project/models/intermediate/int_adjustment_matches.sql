{#- The order line that a cancellation or return belongs to; null where none is found, so that it stays visible.

    Stated references count. Without any, it is the customer's most recent earlier line of the SKU whose quantity
    suffices, as long as all that was matched to the line until then does not exceed it. One pass in the order of
    time, so that a later credit never moves an earlier one. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='delete+insert', unique_key='adjustment_id') }}

{% set buyer = concat_id(['channel_id', 'customer_key', 'sku']) %}

{#- New ones, and those whose order, or whose customer's purchases or credits of the SKU, have news: of what was bought,
    that it was something else, too. -#}
with adjustments as (
    select * from {{ ref('stg_order_adjustments') }}
    {% if is_incremental() %}
    where
        load_number > {{ built_load() }}
        or {{ concat_id(['channel_id', 'order_ref']) }} in (
            select {{ concat_id(['channel_id', 'order_ref']) }} from {{ new_rows(source('raw', 'order_lines')) }} as stated
        )
        or (order_ref is null and customer_key <> '' and {{ buyer }} in (
            select {{ buyer }} from {{ new_rows(source('raw', 'order_lines')) }} as stated
            union all
            select {{ buyer }} from {{ new_rows(ref('stg_order_adjustments')) }} as stated where order_ref is null
            union all
            select {{ buyer }} from {{ ref('stg_order_adjustments') }} as credited
            inner join {{ this }} as before on credited.adjustment_id = before.adjustment_id
            where before.order_line_id in (
                select {{ concat_id(['channel_id', 'order_ref', 'line_ref']) }}
                from {{ new_rows(source('raw', 'order_lines')) }} as stated
            )
        ))
    {% endif %}
),

lines as {{ not_materialized() }} (
    select * from {{ ref('stg_order_lines') }}
),

referenced as (
    select
        adjustments.adjustment_id,
        lines.order_line_id,
        row_number() over (
            partition by adjustments.adjustment_id
            order by case when lines.quantity >= adjustments.quantity then 0 else 1 end, lines.line_ref
        ) as choice
    from adjustments
    inner join lines
        on adjustments.channel_id = lines.channel_id
        and adjustments.order_ref = lines.order_ref
        and coalesce(adjustments.order_line_ref, lines.line_ref) = lines.line_ref
    where adjustments.order_line_ref is not null or adjustments.sku = lines.sku
),

candidates as (
    select
        adjustments.adjustment_id,
        adjustments.quantity,
        adjustments.effective_at,
        lines.order_line_id,
        lines.quantity as line_quantity,
        row_number() over (
            partition by adjustments.adjustment_id
            order by lines.effective_at desc, lines.order_line_id desc
        ) as choice
    from adjustments
    inner join lines
        on adjustments.channel_id = lines.channel_id
        and adjustments.customer_key = lines.customer_key
        and adjustments.sku = lines.sku
    where
        adjustments.order_ref is null
        and adjustments.customer_key <> ''
        and lines.effective_at <= adjustments.effective_at
        and lines.quantity >= adjustments.quantity
),

running as (
    select
        adjustment_id,
        order_line_id,
        line_quantity,
        sum(quantity) over (
            partition by order_line_id
            order by effective_at, adjustment_id
            rows between unbounded preceding and current row
        ) as qty_running
    from candidates
    where choice = 1
),

matched as (
    select adjustment_id, order_line_id from referenced where choice = 1
    union all
    select adjustment_id, order_line_id from running where qty_running <= line_quantity
)

select
    adjustments.adjustment_id,
    matched.order_line_id,
    {# By the last complete build: one that was killed may have written this table already. #}
    {% if is_incremental() -%}
    case
        when before.matched_load > {{ built_load() }} then before.previous_order_line_id
        else before.order_line_id
    end as previous_order_line_id,
    {%- else -%}
    cast(null as {{ type_string() }}) as previous_order_line_id,
    {%- endif %}
    adjustments.business_date,
    {{ last_load() }} as matched_load
from adjustments
left join matched on adjustments.adjustment_id = matched.adjustment_id
{% if is_incremental() %}left join {{ this }} as before on adjustments.adjustment_id = before.adjustment_id{% endif %}
