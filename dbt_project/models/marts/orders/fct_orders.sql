{{ config(tags=['decisions'], materialized='incremental', incremental_strategy='touched', unique_key='order_id', on_schema_change='fail') }}
{{ builds_after('int_lines_to_state') }}

{% set firsts = ['validated', 'held', 'allocated', 'backordered', 'pre_sold', 'released', 'picked', 'packed', 'first_shipped'] %}
{% set lasts = ['shipped', 'delivered', 'cancelled', 'returned', 'refunded'] %}

with charges as (
    select order_id, sum(amount_minor) as charges_minor
    from {{ ref('stg_order_charges') }} as charges
    where {{ is_touched('charges', key='order_id', dated=false) }}
    group by order_id
),

sources as (
    select
        order_id,
        count(distinct location_id) as location_count,
        count(distinct location_id || cast(business_date as {{ type_string() }})) as shipment_count
    from (
        select order_id, location_id, business_date from {{ ref('int_order_shipments') }} as shipments
        where {{ is_touched('shipments', key='order_id') }}
        union all
        select lines.order_id, reservations.location_id, null as business_date
        from {{ ref('int_reservations') }} as reservations
        inner join {{ ref('int_unfinished_lines') }} as lines on reservations.order_line_id = lines.order_line_id
        where reservations.qty_reserved > 0
    ) as shipping
    group by order_id
),

{#- Two orders at each event: what came back, and what was sent for it. -#}
exchanges as (
    select order_id, {{ concat_id(['channel_id', 'exchange_order_ref']) }} as exchange_order_id
    from {{ ref('int_order_events') }}
    where event_type = 'exchanged' and exchange_order_ref is not null
),

exchanged as (
    select order_id, min(exchange_of_order_id) as exchange_of_order_id, min(exchanged_for_order_id) as exchanged_for_order_id
    from (
        select
            order_id,
            cast(null as {{ type_string() }}) as exchange_of_order_id,
            exchange_order_id as exchanged_for_order_id
        from exchanges
        union all
        select
            exchange_order_id as order_id,
            order_id as exchange_of_order_id,
            cast(null as {{ type_string() }}) as exchanged_for_order_id
        from exchanges
    ) as ends
    group by order_id
),

orders as (
    select
        order_id,
        min(channel_id) as channel_id,
        min(order_ref) as order_ref,
        max(customer_key) as customer_key,
        max(ship_to_country) as ship_to_country,
        min(placed_at) as placed_at,
        min(business_date) as business_date,
        count(*) as line_count,
        {% for name in [
            'qty_ordered', 'qty_cancelled', 'qty_held', 'qty_fulfilled', 'qty_allocated', 'qty_backordered', 'qty_open',
            'qty_returned', 'qty_pre_sold', 'gross_minor', 'discount_minor', 'tax_minor', 'net_minor', 'fulfilled_minor', 'refund_minor'
        ] -%}
        {{ sum_bigint(name) }} as {{ name }},
        {% endfor -%}
        {% for name in firsts -%}
        min({{ name }}_at) as {{ name }}_at,
        {% endfor -%}
        {% for name in lasts -%}
        max({{ name }}_at) as {{ name }}_at,
        {% endfor -%}
        {{ order_waits_for() }} as waits_for,
        max(promised_date) as promised_date,
        max(days_late) as days_late,
        min(currency) as currency
    from {{ ref('fct_order_lines') }} as lines
    where {{ is_touched('lines', key='order_id') }}
    group by order_id
)

select
    orders.order_id,
    orders.channel_id,
    orders.order_ref,
    orders.customer_key,
    orders.ship_to_country,
    orders.placed_at,
    orders.business_date,
    orders.line_count,
    orders.qty_ordered,
    orders.qty_cancelled,
    orders.qty_held,
    orders.qty_fulfilled,
    orders.qty_allocated,
    orders.qty_backordered,
    orders.qty_open,
    orders.qty_returned,
    orders.qty_pre_sold,
    case
        when orders.qty_cancelled = orders.qty_ordered then 'cancelled'
        when orders.qty_cancelled + orders.qty_fulfilled = orders.qty_ordered then 'fulfilled'
        when orders.qty_cancelled + orders.qty_fulfilled + orders.qty_held = orders.qty_ordered then 'held'
        else 'open'
    end as order_state,
    orders.waits_for,
    exchanged.exchange_of_order_id,
    exchanged.exchanged_for_order_id,
    {% for name in firsts + lasts -%}
    orders.{{ name }}_at,
    {% endfor -%}
    {{ duration('orders.placed_at', 'orders.allocated_at') }} as hours_to_allocate,
    {{ duration('orders.placed_at', 'orders.shipped_at') }} as hours_to_ship,
    {{ duration('orders.placed_at', 'orders.delivered_at') }} as hours_to_deliver,
    orders.promised_date,
    orders.days_late,
    coalesce(sources.shipment_count, 0) as shipment_count,
    coalesce(sources.location_count, 0) as location_count,
    orders.gross_minor,
    orders.discount_minor,
    orders.tax_minor,
    cast(coalesce(charges.charges_minor, 0) as bigint) as charges_minor,
    orders.net_minor,
    orders.fulfilled_minor,
    orders.refund_minor,
    orders.currency
from orders
left join charges on orders.order_id = charges.order_id
left join sources on orders.order_id = sources.order_id
left join exchanged on orders.order_id = exchanged.order_id
{{ laid_by_day('orders.') }}
