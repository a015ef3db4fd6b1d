{{ config(tags=['decisions']) }}

with pre_sell as (
    select
        sku, location_id, channel_id,
        {{ sum_bigint('qty_pre_sell') }} as qty_pre_sell, min(available_date) as pre_sell_date
    from {{ ref('int_pre_sell') }}
    where qty_pre_sell > 0
    group by sku, location_id, channel_id
),

asked as (
    select
        position.sku,
        position.location_id,
        position.qty_ats,
        channels.channel_id,
        channels.priority,
        coalesce(segments.share, 0) as share,
        coalesce(segments.units, 0) as units,
        coalesce(pre_sell.qty_pre_sell, 0) as qty_pre_sell,
        pre_sell.pre_sell_date
    from {{ ref('fct_inventory_position') }} as position
    cross join {{ ref('dim_channel') }} as channels
    left join {{ ref('int_segments_left') }} as segments
        on position.sku = segments.sku
        and position.location_id = segments.location_id
        and channels.channel_id = segments.channel_id
    left join pre_sell
        on position.sku = pre_sell.sku
        and position.location_id = pre_sell.location_id
        and channels.channel_id = pre_sell.channel_id
    where position.qty_ats > 0 or pre_sell.qty_pre_sell > 0
),

running as (
    select
        asked.*,
        {{ qty_asked() }} as qty_asked,
        sum({{ qty_asked() }}) over (
            partition by sku, location_id
            order by priority, channel_id
            rows between unbounded preceding and current row
        ) as qty_asked_until
    from asked
),

kept as (
    select
        running.*,
        least(qty_asked, greatest(qty_ats - (qty_asked_until - qty_asked), 0)) as qty_protected
    from running
)

select
    sku,
    location_id,
    channel_id,
    cast(qty_protected as bigint) as qty_protected,
    cast(sum(qty_protected) over (partition by sku, location_id) - qty_protected as bigint) as qty_protected_for_others,
    cast(qty_ats - sum(qty_protected) over (partition by sku, location_id) + qty_protected as bigint) as qty_ats,
    qty_pre_sell,
    pre_sell_date
from kept
