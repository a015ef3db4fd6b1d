{{ config(tags=['decisions'], materialized='incremental', incremental_strategy='touched', unique_key='order_line_id', on_schema_change='fail') }}
{{ builds_after('int_lines_to_state') }}

with lines as (
    select
        known.*,
        coalesce(known.promised_date, promises.promised_date) as promised_for,
        case when known.is_held then known.status_reason else decisions.hold_reason end as hold_reason,
        not known.is_held and decisions.hold_reason_code = 'unknown_sku' as is_undescribed
    from {{ ref('int_order_lines') }} as known
    left join {{ ref('int_line_promises') }} as promises on known.order_line_id = promises.order_line_id
    left join {{ ref('int_order_line_decisions') }} as decisions on known.order_line_id = decisions.order_line_id
    where {{ is_touched('known') }}
),

waves as (
    select order_line_id, sum(qty_unreleased) as qty_unreleased
    from {{ ref('int_unreleased') }}
    where release_due_at is not null
    group by order_line_id
),

{#- When what first or last happened to a line, by its possible events, and what was refunded of it. Placed and shipped are
    all lines, and told by the line itself. -#}
milestones as (
    select
        order_line_id,
        {% for type in ['validated', 'held', 'allocated', 'backordered', 'pre_sold', 'released', 'picked', 'packed'] -%}
        min(case when event_type = '{{ type }}' then effective_at end) as {{ type }}_at,
        {% endfor -%}
        {% for type in ['delivered', 'cancelled', 'returned', 'refunded'] -%}
        max(case when event_type = '{{ type }}' then effective_at end) as {{ type }}_at,
        {% endfor -%}
        {{ sum_bigint("case when event_type = 'refunded' then coalesce(amount_minor, 0) else 0 end") }} as refund_minor
    from {{ ref('fct_order_events') }} as events
    where is_possible and event_type not in ('placed', 'shipped') and {{ is_touched('events') }}
    group by order_line_id
)

select
    lines.order_line_id,
    lines.order_id,
    lines.channel_id,
    lines.order_ref,
    lines.line_ref,
    lines.sku,
    lines.customer_key,
    lines.customer_group,
    lines.fulfilment_method,
    lines.ship_to_country,
    lines.ship_to_region,
    lines.demand_location_id,
    lines.placed_at,
    lines.business_date,
    lines.known_at,
    quantities.qty_ordered,
    quantities.qty_cancelled,
    quantities.qty_held,
    quantities.qty_fulfilled,
    quantities.qty_allocated,
    quantities.qty_backordered,
    quantities.qty_open,
    lines.qty_returned,
    quantities.qty_pre_sold,
    quantities.line_state,
    {{ waits_for(
        'lines.hold_reason', 'lines.is_undescribed', 'milestones.packed_at', 'coalesce(waves.qty_unreleased, 0)'
    ) }} as waits_for,
    case when quantities.qty_held > 0 then lines.hold_reason end as hold_reason,
    milestones.validated_at,
    milestones.held_at,
    milestones.allocated_at,
    milestones.backordered_at,
    milestones.pre_sold_at,
    milestones.released_at,
    milestones.picked_at,
    milestones.packed_at,
    lines.first_shipped_at,
    lines.shipped_at,
    milestones.delivered_at,
    case when quantities.qty_cancelled > 0 then milestones.cancelled_at end as cancelled_at,
    milestones.returned_at,
    milestones.refunded_at,
    {{ duration('lines.placed_at', 'milestones.allocated_at') }} as hours_to_allocate,
    {{ duration('lines.placed_at', 'lines.shipped_at') }} as hours_to_ship,
    {{ duration('lines.placed_at', 'milestones.delivered_at') }} as hours_to_deliver,
    lines.promised_for as promised_date,
    cast(
        case
            when lines.promised_for is not null and lines.qty_rest = 0 and lines.qty_fulfilled > 0 then greatest({{ days_between('lines.promised_for', 'lines.shipped_date') }}, 0)
        end as bigint
    ) as days_late,
    lines.shipment_count,
    lines.location_count,
    lines.unit_price_minor,
    lines.qty_ordered * lines.unit_price_minor as gross_minor,
    lines.discount_minor,
    lines.tax_minor,
    (lines.qty_ordered - lines.qty_cancelled) * lines.unit_price_minor
    - {{ share_of_minor('lines.discount_minor', '(lines.qty_ordered - lines.qty_cancelled)', 'lines.qty_ordered') }}
        as net_minor,
    quantities.qty_fulfilled * lines.unit_price_minor
    - {{ share_of_minor('lines.discount_minor', 'quantities.qty_fulfilled', 'lines.qty_ordered') }} as fulfilled_minor,
    coalesce(milestones.refund_minor, 0) as refund_minor,
    lines.currency,
    lines.feed,
    lines.file_sha256,
    lines.row_number
from lines
inner join {{ ref('int_order_line_quantities') }} as quantities on lines.order_line_id = quantities.order_line_id
left join milestones on lines.order_line_id = milestones.order_line_id
left join waves on lines.order_line_id = waves.order_line_id
where {{ is_touched('quantities') }}
{{ laid_by_day('lines.') }}
