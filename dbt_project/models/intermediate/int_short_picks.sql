{#- What locations could not pick, by order line: to be decided anew; and in doubt at the place until it counts, adjusts
    or writes off the SKU. Only what was stated since the oldest unfinished line began. -#}
{{ config(tags=['ground']) }}

with short as (
    select events.order_line_id, lines.sku, events.location_id, events.quantity, events.effective_at
    from {{ ref('stg_order_events') }} as events
    inner join {{ ref('int_order_lines') }} as lines on events.order_line_id = lines.order_line_id
    where
        events.event_type = 'short_picked'
        and events.location_id is not null
        and events.business_date >= {{ unfinished_since() }}
        and events.event_id not in (
            select corrects_id from {{ ref('stg_order_events') }} where corrects_id is not null
        )
),

looks as (
    select sku, location_id, max(effective_at) as looked_at
    from (
        select sku, location_id, effective_at from {{ ref('stg_stock_counts') }}
        where business_date >= {{ unfinished_since() }}
        union all
        select sku, location_id, effective_at from {{ ref('stg_stock_movements') }}
        where kind in ('adjustment', 'write_off') and business_date >= {{ unfinished_since() }}
    ) as looked
    group by sku, location_id
)

select
    short.order_line_id,
    short.sku,
    short.location_id,
    {{ sum_bigint('short.quantity') }} as qty_short,
    {{ sum_bigint(
        'case when looks.looked_at is null or looks.looked_at < short.effective_at then short.quantity else 0 end'
    ) }} as qty_in_doubt
from short
left join looks on short.sku = looks.sku and short.location_id = looks.location_id
group by short.order_line_id, short.sku, short.location_id
