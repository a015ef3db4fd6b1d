{#- What is to come, with the day it is safe to promise it for: purchase orders at their supplier's delay, transfers under
    way on the next day. What is overdue comes tomorrow at the earliest. What is nearly there keeps its pegs. -#}
{{ config(tags=['ground']) }}

{% set lock_days = 2 %}
{% set tomorrow = days_after(as_of_date(), 1) %}
{#- A transfer that is longer on its way is lost, not late: the in-transit account shows it. -#}
{% set first_transfer = days_after(as_of_date(), -30) %}

with came as (
    select movement_ref, line_ref, po_ref, sku, location_id, effective_at
    from {{ ref('stg_stock_movements') }}
    where kind = 'transfer_in' and business_date >= {{ first_transfer }}
),

{#- A receiver names the sender's movement, or the transfer's order alone: that ends all that was under way by then. -#}
arrived as (
    select movement_ref, line_ref, sku from came
    union
    select sent.movement_ref, sent.line_ref, sent.sku
    from {{ ref('stg_stock_movements') }} as sent
    inner join came
        on sent.movement_ref = came.po_ref
        and sent.sku = came.sku
        and sent.counterparty_location_id = came.location_id
        and sent.effective_at <= came.effective_at
    where sent.kind = 'transfer_out' and sent.business_date >= {{ first_transfer }}
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
        counterparty_location_id as location_id,
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
