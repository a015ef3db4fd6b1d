{#- Supply that may be promised, with the day it is safe to promise it for: purchase orders at their supplier's delay,
    transfers under way on the next day. What is overdue comes tomorrow at the earliest. -#}
{{ config(tags=['decisions']) }}

{% set tomorrow = days_after(as_of_date(), 1) %}
{#- A transfer that is longer on its way is lost, not late: the in-transit account shows it. -#}
{% set first_transfer = days_after(as_of_date(), -30) %}

with arrived as (
    select movement_ref, line_ref, sku
    from {{ ref('stg_stock_movements') }}
    where kind = 'transfer_in' and business_date >= {{ first_transfer }}
),

under_way as (
    select sent.movement_ref, sent.line_ref, sent.sku, sent.counterparty_location_id, sent.quantity
    from {{ ref('stg_stock_movements') }} as sent
    left join arrived
        on sent.movement_ref = arrived.movement_ref
        and sent.line_ref = arrived.line_ref
        and sent.sku = arrived.sku
    where
        sent.kind = 'transfer_out'
        and sent.business_date >= {{ first_transfer }}
        and sent.counterparty_location_id is not null
        and arrived.sku is null
),

dated as (
    select
        'purchase_order' as supply_type,
        {{ concat_id(['inbound.po_ref', 'inbound.line_ref']) }} as supply_ref,
        inbound.sku,
        inbound.location_id,
        inbound.expected_date,
        greatest({{ days_after('inbound.expected_date', 'coalesce(delays.delay_days, 0)') }}, {{ tomorrow }}) as available_date,
        inbound.qty_remaining as qty_supply
    from {{ ref('int_inbound_lines') }} as inbound
    left join {{ ref('int_supply_delays') }} as delays on inbound.supplier_id = delays.supplier_id

    union all

    select
        'transfer' as supply_type,
        {{ concat_id(['movement_ref', 'line_ref']) }} as supply_ref,
        sku,
        counterparty_location_id as location_id,
        {{ tomorrow }} as expected_date,
        {{ tomorrow }} as available_date,
        quantity as qty_supply
    from under_way
),

{#- A place that has promised or must protect more than it holds fills that gap first: no run would release what comes. -#}
gaps as (
    select sku, location_id, greatest(qty_reserved + qty_safety_stock - qty_on_hand, 0) as qty_gap
    from {{ ref('fct_inventory_position') }}
),

running as (
    select
        dated.*,
        coalesce(gaps.qty_gap, 0) as qty_gap,
        sum(dated.qty_supply) over (
            partition by dated.sku, dated.location_id
            order by dated.available_date, dated.supply_type, dated.supply_ref
            rows between unbounded preceding and current row
        ) as qty_until
    from dated
    left join gaps on dated.sku = gaps.sku and dated.location_id = gaps.location_id
)

select
    supply_type,
    supply_ref,
    sku,
    location_id,
    expected_date,
    available_date,
    cast(least(qty_supply, greatest(qty_until - qty_gap, 0)) as bigint) as qty_supply
from running
