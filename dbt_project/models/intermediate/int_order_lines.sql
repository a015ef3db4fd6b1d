{#- One row an order line: where its demand falls, and what has become of it apart from our own decisions. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='touched', unique_key='order_line_id') }}
{{ builds_after('int_touched_lines') }}
{%- set addressed = ['fulfilment_method', 'ship_to_country', 'ship_to_region'] %}

with lines as (
    select * from {{ ref('stg_order_lines') }} as stated
    where {{ is_touched('stated') }}
),

warehouses as (
    select
        region,
        location_id,
        row_number() over (partition by region order by sourcing_rank, location_id) as rank_in_region
    from {{ ref('dim_location') }}
    where kind = 'warehouse'
),

main_location as (
    select location_id
    from (
        select
            location_id,
            row_number() over (
                order by case when kind = 'warehouse' then 0 else 1 end, sourcing_rank, location_id
            ) as rank_overall
        from {{ ref('dim_location') }}
    ) as ranked
    where rank_overall = 1
),

shipped_from as (
    select
        order_line_id,
        location_id,
        sum(quantity) as quantity,
        min(effective_at) as first_shipped_at,
        max(effective_at) as shipped_at,
        min(business_date) as first_date,
        max(business_date) as last_date,
        count(*) as shipment_count
    from {{ ref('int_order_shipments') }} as shipments
    where {{ is_touched('shipments') }}
    group by order_line_id, location_id
),

shipped as (
    select
        order_line_id,
        sum(quantity) as quantity,
        min(first_shipped_at) as first_shipped_at,
        max(shipped_at) as shipped_at,
        min(first_date) as first_date,
        max(last_date) as last_date,
        cast(sum(shipment_count) as bigint) as shipment_count,
        count(location_id) as location_count
    from shipped_from
    group by order_line_id
),

{#- The order desk's own words: the last of its holds and releases, and what it cancelled. -#}
desk as (
    select
        order_line_id,
        max(case when event_type <> 'cancelled' and recency = 1 then event_type end) as desk_word,
        max(case when event_type <> 'cancelled' and recency = 1 then effective_at end) as desk_at,
        max(case when event_type <> 'cancelled' and recency = 1 then reason end) as reason,
        sum(case when event_type = 'cancelled' then quantity else 0 end) as qty_cancelled
    from (
        select
            events.*,
            row_number() over (
                partition by order_line_id, case when event_type = 'cancelled' then 1 else 0 end
                order by effective_at desc, event_id desc
            ) as recency
        from {{ ref('int_order_events') }} as events
        where event_type in ('held', 'hold_released', 'cancelled') and {{ is_touched('events') }}
    ) as words
    group by order_line_id
),

edits as (
    {{ line_edits() }}
),

credited as (
    select
        adjustments.order_line_id,
        sum(case when resolved_kind = 'cancelled' then quantity else 0 end) as qty_credited,
        sum(
            case when resolved_kind = 'cancelled' and adjustments.effective_at >= edits.qty_ordered_at then quantity else 0 end
        ) as qty_credited_since,
        min(business_date) as first_date
    from {{ ref('int_order_adjustments') }} as adjustments
    left join edits on adjustments.order_line_id = edits.order_line_id
    where {{ is_touched('adjustments') }}
    group by adjustments.order_line_id
),

happened as (
    select order_line_id, min(business_date) as first_date
    from {{ ref('stg_order_events') }} as events
    where {{ is_touched('events') }}
    group by order_line_id
),

returned as (
    select order_line_id, sum(quantity) as quantity, min(business_date) as first_date
    from {{ ref('int_order_returns') }} as returns
    where {{ is_touched('returns') }}
    group by order_line_id
),

stated as (
    select
        lines.*,
        coalesce(lines.location_id, warehouses.location_id, main_location.location_id, 'unassigned')
            as demand_location_id,
        lines.quantity as qty_stated,
        {{ as_edited('qty_ordered', 'quantity') }} as qty_ordered,
        {% for column in addressed -%}
        {{ as_edited(column) }} as {{ column }}_now,
        {% endfor -%}
        lines.line_status = 'held' as channel_holds,
        lines.updated_at as stated_at,
        desk.desk_word,
        desk.desk_at,
        desk.reason as desk_reason,
        coalesce(credited.qty_credited, 0) as qty_credited,
        coalesce(credited.qty_credited_since, 0) as qty_credited_since,
        coalesce(desk.qty_cancelled, 0) as qty_by_desk,
        coalesce(shipped.quantity, 0) as qty_shipped,
        coalesce(returned.quantity, 0) as qty_returned,
        shipped.shipped_at,
        shipped.first_shipped_at,
        shipped.last_date as shipped_date,
        coalesce(shipped.shipment_count, 0) as shipment_count,
        coalesce(shipped.location_count, 0) as location_count,
        least(
            lines.first_business_date,
            coalesce(shipped.first_date, lines.first_business_date),
            coalesce(happened.first_date, lines.first_business_date),
            coalesce(credited.first_date, lines.first_business_date),
            coalesce(returned.first_date, lines.first_business_date)
        ) as first_date
    from lines
    left join warehouses on lines.ship_to_region = warehouses.region and warehouses.rank_in_region = 1
    left join main_location on 1 = 1
    left join shipped on lines.order_line_id = shipped.order_line_id
    left join desk on lines.order_line_id = desk.order_line_id
    left join happened on lines.order_line_id = happened.order_line_id
    left join credited on lines.order_line_id = credited.order_line_id
    left join edits on lines.order_line_id = edits.order_line_id
    left join returned on lines.order_line_id = returned.order_line_id
),

by_channel as (
    select
        stated.*, case when line_status = 'cancelled' then qty_ordered else {{ qty_credited() }} end as qty_by_channel
    from stated
),

heard as (
    select by_channel.*, {{ is_held() }} as is_held, {{ qty_cancel_stated() }} as qty_cancel_stated from by_channel
),

fulfilled as (
    select heard.*, {{ qty_fulfilled() }} as qty_fulfilled from heard
),

cancellations as (
    select fulfilled.*, {{ qty_cancelled() }} as qty_cancelled from fulfilled
)

select
    order_line_id,
    order_id,
    channel_id,
    order_ref,
    line_ref,
    sku,
    customer_key,
    customer_group,
    {% for column in addressed -%}
    {{ column }}_now as {{ column }},
    {% endfor -%}
    location_id,
    demand_location_id,
    line_status,
    case when desk_word = 'held' then desk_reason else status_reason end as status_reason,
    is_held,
    coalesce(desk_word = 'held', false) as is_held_by_desk,
    effective_at as placed_at,
    business_date,
    unit_price_minor,
    {#- Of what is ordered now: the channel states them of the quantity that it states. -#}
    {% for column in ['discount_minor', 'tax_minor'] %}
    {{ share_of_minor(column, 'qty_ordered', 'qty_stated') }} as {{ column }},
    {%- endfor %}
    currency,
    qty_ordered,
    cast(qty_cancel_stated as bigint) as qty_cancel_stated,
    cast(qty_shipped as bigint) as qty_shipped,
    cast(qty_fulfilled as bigint) as qty_fulfilled,
    cast(qty_cancelled as bigint) as qty_cancelled,
    cast({{ qty_rest() }} as bigint) as qty_rest,
    cast(qty_returned as bigint) as qty_returned,
    shipped_at,
    first_shipped_at,
    shipped_date,
    promised_date,
    shipment_count,
    location_count,
    first_date,
    feed,
    file_sha256,
    row_number,
    known_at
from cancellations
{{ laid_by_day() }}
