{#- Which supply each waiting unit is pegged to: lines in the order in which runs serve them, supply in the order in which
    it comes to a location that ships orders, unit against unit. Pegged anew in every run, so that pegs follow supply. -#}
{{ config(tags=['decisions']) }}

with waiting as (
    select
        lines.order_line_id,
        lines.sku,
        quantities.qty_backordered,
        sum(quantities.qty_backordered) over (
            partition by lines.sku
            order by coalesce(channels.priority, 1000), lines.placed_at, lines.order_line_id
            rows between unbounded preceding and current row
        ) as qty_until
    from {{ ref('int_order_line_quantities') }} as quantities
    inner join {{ ref('int_order_lines') }} as lines on quantities.order_line_id = lines.order_line_id
    left join {{ ref('dim_channel') }} as channels on lines.channel_id = channels.channel_id
    where quantities.qty_backordered > 0
),

supply as (
    select
        supply.*,
        sum(qty_supply) over (
            partition by sku
            order by available_date, supply.location_id, supply_type, supply_ref
            rows between unbounded preceding and current row
        ) as qty_until
    from {{ ref('int_dated_supply') }} as supply
    inner join {{ ref('dim_location') }} as locations on supply.location_id = locations.location_id
    where locations.ships_orders
)

select
    waiting.order_line_id,
    supply.supply_type,
    supply.supply_ref,
    supply.sku,
    supply.location_id,
    supply.available_date,
    cast(
        least(waiting.qty_until, supply.qty_until)
        - greatest(waiting.qty_until - waiting.qty_backordered, supply.qty_until - supply.qty_supply) as bigint
    ) as qty_pegged
from waiting
inner join supply
    on waiting.sku = supply.sku
    and waiting.qty_until - waiting.qty_backordered < supply.qty_until
    and waiting.qty_until > supply.qty_until - supply.qty_supply
