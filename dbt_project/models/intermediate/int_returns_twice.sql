{#- What came back of an order line to a place and is stated by both, its channel and the place: a movement that takes the
    part back which the two have in common, when the second of them becomes known. So who speaks later adds only what he says
    beyond, and stock is the larger of the two. Nothing posted is ever changed. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='movement_id', meta={'dated': true}) }}

{% set line_id = concat_id(['channel_id', 'order_ref', 'order_line_ref']) %}
{% set by_channel = "kind = 'returned' and location_id is not null and order_line_ref is not null" %}
{% set by_place = "kind = 'return' and order_line_id is not null" %}
{% set origin = 'sku, location_id, quantity, effective_at, business_date, feed, file_sha256, row_number, known_at, load_number' %}
{% set so_far %}
    over (
        partition by order_line_id, location_id, sku
        order by known_at, effective_at, stated_by
        rows between unbounded preceding and current row
    )
{%- endset %}

with stated as (
    select {{ concat_id(["'return'", 'adjustment_id']) }} as stated_by, {{ line_id }} as order_line_id, true as is_channels, {{ origin }}
    from {{ ref('stg_order_adjustments') }}
    where {{ by_channel }}
    union all
    select movement_id as stated_by, order_line_id, false as is_channels, {{ origin }}
    from {{ ref('stg_stock_movements') }}
    where
        {{ by_place }}
        and order_line_id in (select {{ line_id }} from {{ ref('stg_order_adjustments') }} where {{ by_channel }})
),

running as (
    select
        stated.*,
        least(
            sum(case when is_channels then quantity else 0 end) {{ so_far }},
            sum(case when is_channels then 0 else quantity end) {{ so_far }}
        ) as qty_common
    from stated
    {% if is_incremental() %}
    where order_line_id in (
        select {{ line_id }} from {{ new_rows(ref('stg_order_adjustments')) }} as adjustments where {{ by_channel }}
        union all
        select order_line_id from {{ new_rows(ref('stg_stock_movements')) }} as movements where {{ by_place }}
    )
    {% endif %}
),

added as (
    select
        running.*,
        qty_common - lag(qty_common, 1, 0) over (
            partition by order_line_id, location_id, sku
            order by known_at, effective_at, stated_by
        ) as qty_twice
    from running
)

select
    {{ concat_id(["'twice'", 'stated_by']) }} as movement_id,
    order_line_id,
    sku,
    location_id,
    cast(-qty_twice as bigint) as quantity,
    case when is_channels then 'its place had said so' else 'its channel had said so' end as reason,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at,
    load_number
from added
where qty_twice > 0
