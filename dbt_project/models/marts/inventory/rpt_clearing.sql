{#- What has left one account and not come to the next yet: every such flow comes back to zero, and what does not is here
    with its age, its money and its cause. -#}
{{ config(tags=['decisions']) }}

{% set limit_days = 7 %}
{% set place = 'account, sku, location_id, counterparty_id' %}

with blocked as (
    select
        sku,
        location_id,
        coalesce(order_line_id, case when quantity > 0 then movement_id else 'unnamed' end) as ref,
        max(case when movement_kind = 'return' then 1 else 0 end) as is_return,
        min(case when quantity > 0 then business_date end) as entered_date,
        min(business_date) as first_date,
        sum(quantity) as quantity
    from {{ ref('int_blocked_moves') }}
    {# What lies there: of a place whose own next day has begun, that day's, too; a clock that is ahead moves nothing. #}
    where business_date <= {{ as_of_date() }} or has_happened
    group by 1, 2, 3
),

{#- By document: what went in, less what came out again. -#}
flows as (
    select
        'in_transit' as account, sku, location_id, from_location_id as counterparty_id, transfer_ref as ref,
        case
            when sum(qty_sent) < sum(qty_received) then 'received_unsent'
            when sum(qty_received) = 0 then 'not_received'
            else 'received_short'
        end as cause,
        min(first_date) as since_date,
        sum(qty_sent - qty_received) as quantity
    from {{ ref('int_transfers') }}
    group by sku, location_id, from_location_id, transfer_ref
    union all
    select
        'blocked' as account, sku, location_id, '' as counterparty_id, ref,
        case
            when quantity < 0 then 'unblocked_unheld'
            when is_return = 1 then 'not_inspected'
            else 'on_hold'
        end as cause,
        coalesce(entered_date, first_date) as since_date,
        quantity
    from blocked
    union all
    select
        'suspense' as account, held.sku, held.location_id, '' as counterparty_id, held.count_id as ref,
        case when max(reviews.decision) = 'rejected' then 'count_rejected' else 'held_for_review' end as cause,
        min(held.business_date) as since_date,
        -sum(held.qty_moved) as quantity
    from {{ ref('int_count_holds') }} as held
    left join {{ ref('stg_count_reviews') }} as reviews on held.count_id = reviews.count_id
    group by held.sku, held.location_id, held.count_id
    union all
    select
        'to_ship' as account, reserved.sku, reserved.location_id, '' as counterparty_id, reserved.order_line_id as ref,
        case when unreleased.qty_unreleased >= reserved.qty_reserved then 'not_told' else 'not_shipped' end as cause,
        coalesce(decided.since_date, {{ as_of_date() }}) as since_date,
        reserved.qty_reserved as quantity
    from {{ ref('int_reservations') }} as reserved
    left join {{ ref('int_unreleased') }} as unreleased
        on reserved.order_line_id = unreleased.order_line_id
        and reserved.sku = unreleased.sku
        and reserved.location_id = unreleased.location_id
    left join (
        select order_line_id, sku, location_id, min(business_date) as since_date
        from {{ ref('fct_reservations') }}
        where qty_pending > 0 and business_date >= {{ unfinished_since() }}
        group by order_line_id, sku, location_id
    ) as decided
        on reserved.order_line_id = decided.order_line_id
        and reserved.sku = decided.sku
        and reserved.location_id = decided.location_id
    where reserved.qty_reserved > 0
    union all
    select
        'supplier' as account, sku, location_id, supplier_id as counterparty_id, po_ref as ref,
        case when sum(qty_remaining) < sum(quantity) then 'delivered_short' else 'not_delivered' end as cause,
        min(expected_date) as since_date,
        sum(qty_remaining) as quantity
    from {{ ref('int_inbound_lines') }}
    where expected_date < {{ as_of_date() }}
    group by sku, location_id, supplier_id, po_ref
),

{#- What came out by a document that nothing went in by comes off the oldest that lies at the same place. -#}
running as (
    select
        flows.*,
        {% for side, units in {'in': 'greatest(quantity, 0)', 'out': 'greatest(-quantity, 0)'}.items() -%}
        sum({{ units }}) over (partition by {{ place }}) as qty_{{ side }},
        sum({{ units }}) over (
            partition by {{ place }}
            order by since_date, ref
            rows between unbounded preceding and current row
        ) as qty_{{ side }}_until{{ ',' if not loop.last }}
        {% endfor %}
    from flows
    where quantity <> 0
),

uncleared as (
    select
        running.*,
        case
            when quantity > 0 then least(quantity, greatest(qty_in_until - qty_out, 0))
            else -least(-quantity, greatest(qty_out_until - qty_in, 0))
        end as qty_uncleared
    from running
),

aged as (
    select
        uncleared.*,
        greatest({{ days_between('since_date', as_of_date()) }}, 0) as age_days,
        cast({{ rule_value('clearing_days', ['location_id'], limit_days) }} as bigint) as limit_days,
        row_number() over (
            partition by account, uncleared.location_id, uncleared.sku, cause
            order by since_date, ref, counterparty_id
        ) as age_rank
    from uncleared
    {{ join_rules('clearing_days', 'uncleared', ['location_id']) }}
    where qty_uncleared <> 0
)

select
    aged.account,
    aged.location_id,
    aged.sku,
    aged.cause,
    {{ sum_bigint('qty_uncleared') }} as quantity,
    {{ sum_bigint('case when age_days > limit_days then qty_uncleared else 0 end') }} as qty_overdue,
    count(*) as flow_count,
    max(case when age_rank = 1 then ref end) as oldest_ref,
    max(case when age_rank = 1 and counterparty_id <> '' then counterparty_id end) as counterparty_id,
    min(since_date) as since_date,
    cast(max(age_days) as bigint) as age_days,
    max(limit_days) as limit_days,
    max(age_days) > max(limit_days) as is_overdue,
    {{ sum_bigint(qty_ours('qty_uncleared', 'locations.kind')) }} * max(coalesce(products.unit_cost_minor, 0)) as value_minor,
    max(coalesce(products.currency, 'XXX')) as currency
from aged
left join {{ ref('dim_product') }} as products on aged.sku = products.sku
left join {{ ref('dim_location') }} as locations on aged.location_id = locations.location_id
group by aged.account, aged.location_id, aged.sku, aged.cause
