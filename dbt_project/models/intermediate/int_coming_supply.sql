{#- What is to come, with the day it is safe to promise it for: purchase orders at their supplier's delay, transfers under
    way on the next day. What is overdue comes tomorrow at the earliest. What is nearly there keeps its pegs. -#}
{{ config(tags=['ground']) }}

{% set lock_days = 2 %}
{% set tomorrow = days_after(as_of_date(), 1) %}
{#- A transfer that is longer on its way is lost, not late: the in-transit account shows it. -#}
{% set first_transfer = days_after(as_of_date(), -30) %}

with came as (
    select movement_ref, line_ref, po_ref, sku, counterparty_location_id as from_location_id, location_id, effective_at
    from {{ ref('stg_stock_movements') }}
    where kind = 'transfer_in' and business_date >= {{ first_transfer }}
),

sent as (
    select
        movement_ref, line_ref, sku, location_id as from_location_id, counterparty_location_id as location_id, quantity, effective_at
    from {{ ref('stg_stock_movements') }}
    where
        kind = 'transfer_out'
        and business_date >= {{ first_transfer }}
        and counterparty_location_id is not null
),

{#- A receiver names the line of the sender's movement, or by lines of its own the movement or the transfer's order: that
    ends all of the SKU that was under way to it, from that sender, by then. -#}
arrived as (
    select movement_ref, line_ref, sku, from_location_id, location_id from came
    union
    select sent.movement_ref, sent.line_ref, sent.sku, sent.from_location_id, sent.location_id
    from sent
    inner join (
        select movement_ref as named_ref, sku, from_location_id, location_id, effective_at from came
        union all
        select po_ref as named_ref, sku, from_location_id, location_id, effective_at from came
    ) as named
        on sent.movement_ref = named.named_ref
        and sent.sku = named.sku
        and sent.from_location_id = named.from_location_id
        and sent.location_id = named.location_id
        and sent.effective_at <= named.effective_at
),

under_way as (
    select sent.movement_ref, sent.line_ref, sent.sku, sent.location_id, {{ sum_bigint('sent.quantity') }} as quantity
    from sent
    left join arrived
        on sent.movement_ref = arrived.movement_ref
        and sent.line_ref = arrived.line_ref
        and sent.sku = arrived.sku
        and sent.from_location_id = arrived.from_location_id
        and sent.location_id = arrived.location_id
    where arrived.sku is null
    group by sent.movement_ref, sent.line_ref, sent.sku, sent.location_id
),

dated as (
    select
        'purchase_order' as supply_type,
        {{ concat_id(['inbound.po_ref', 'inbound.line_ref']) }} as supply_ref,
        inbound.supplier_id,
        inbound.sku,
        inbound.location_id,
        inbound.expected_date,
        greatest({{ days_after('inbound.expected_date', 'coalesce(delays.delay_days, 0)') }}, {{ tomorrow }}) as available_date,
        inbound.qty_remaining as qty_supply
    from {{ ref('int_inbound_lines') }} as inbound
    left join {{ ref('int_supply_delays') }} as delays on inbound.supplier_id = delays.supplier_id
    where inbound.is_awaited

    union all

    select
        'transfer' as supply_type,
        {{ concat_id(['movement_ref', 'line_ref']) }} as supply_ref,
        cast(null as {{ type_string() }}) as supplier_id,
        sku,
        location_id,
        {{ tomorrow }} as expected_date,
        {{ tomorrow }} as available_date,
        quantity as qty_supply
    from under_way
)

select
    dated.supply_type,
    dated.supply_ref,
    dated.supplier_id,
    dated.sku,
    dated.location_id,
    dated.expected_date,
    dated.available_date,
    dated.qty_supply as qty_coming,
    dated.available_date <= {{ days_after(as_of_date(), "cast(" ~ rule_value('peg_lock_days', ['location_id'], lock_days) ~ " as integer)") }} as is_locked
from dated
{{ join_rules('peg_lock_days', 'dated', ['location_id']) }}
