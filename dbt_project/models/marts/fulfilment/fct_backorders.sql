{{ config(tags=['decisions']) }}

with waiting as (
    select * from {{ ref('fct_order_lines') }} where qty_backordered > 0
),

next_inbound as (
    select
        sku,
        location_id,
        available_date,
        row_number() over (partition by sku order by available_date, location_id) as arrival_order
    from {{ ref('int_coming_supply') }}
),

{#- The whole wait is over when the last pegged unit is there; without a peg for each unit nothing is promised. -#}
pegs as (
    select order_line_id, max(available_date) as last_date, sum(qty_pegged) as qty_pegged
    from {{ ref('int_pegs') }}
    group by order_line_id
),

last_pegs as (
    select
        order_line_id,
        supply_type || ' ' || supply_ref as pegged_to,
        row_number() over (
            partition by order_line_id
            order by available_date desc, location_id, supply_type, supply_ref
        ) as recency
    from {{ ref('int_pegs') }}
),

{#- A location that runs do not ship from may still have it, and not for other channels alone: for the customer to pick up,
    or to be transferred. -#}
elsewhere as (
    select
        waiting.order_line_id,
        ats.location_id,
        ats.qty_ats,
        row_number() over (partition by waiting.order_line_id order by ats.qty_ats desc, ats.location_id) as choice
    from waiting
    inner join {{ ref('fct_ats_by_channel') }} as ats
        on waiting.sku = ats.sku
        and waiting.channel_id = ats.channel_id
        and waiting.qty_backordered <= ats.qty_ats
    inner join {{ ref('dim_location') }} as locations on ats.location_id = locations.location_id
),

{#- Made first: of what is left of a few substitutes, few rows; of what all channels have of everything, millions. -#}
offers as {{ materialized() }} (
    select offered.sku, ats.channel_id, offered.preference, offered.substitute_sku, ats.qty_ats
    from {{ ref('stg_substitutes') }} as offered
    inner join {{ ref('fct_ats_network') }} as ats on offered.substitute_sku = ats.sku
    where offered.substitute_sku <> offered.sku and ats.qty_ats > 0
),

substitutes as (
    select
        waiting.order_line_id,
        offers.substitute_sku,
        offers.qty_ats,
        row_number() over (
            partition by waiting.order_line_id
            order by offers.preference, offers.substitute_sku
        ) as choice
    from waiting
    inner join offers
        on waiting.sku = offers.sku
        and waiting.channel_id = offers.channel_id
        and waiting.qty_backordered <= offers.qty_ats
)

select
    waiting.order_line_id,
    waiting.order_id,
    waiting.channel_id,
    waiting.sku,
    waiting.qty_backordered,
    waiting.qty_pre_sold,
    waiting.placed_at,
    decisions.backordered_at,
    decided.reason_code,
    decided.reason,
    decisions.pre_sell_reason,
    next_inbound.available_date as next_inbound_date,
    next_inbound.location_id as next_inbound_location_id,
    elsewhere.location_id as alternative_location_id,
    elsewhere.qty_ats as qty_alternative,
    substitutes.substitute_sku,
    substitutes.qty_ats as qty_substitute,
    case when pegs.qty_pegged = waiting.qty_backordered then pegs.last_date end as promised_date,
    cast(
        case
            when waiting.promised_date is not null
                then greatest({{ days_between('waiting.promised_date', as_of_date()) }}, 0)
        end as bigint
    ) as days_late,
    last_pegs.pegged_to,
    case
        when waiting.qty_pre_sold = waiting.qty_backordered then 'date'
        when elsewhere.location_id is not null then 'other_location'
        when substitutes.substitute_sku is not null then 'substitute'
        when pegs.qty_pegged = waiting.qty_backordered then 'date'
        else 'order_supply'
    end as next_step,
    decided.run_id
from waiting
inner join {{ ref('int_order_line_decisions') }} as decisions on waiting.order_line_id = decisions.order_line_id
inner join {{ ref('stg_allocations') }} as decided
    on decisions.order_line_id = decided.order_line_id
    and decisions.backordering_run_id = decided.run_id
    and decided.decision = 'backordered'
left join next_inbound on waiting.sku = next_inbound.sku and next_inbound.arrival_order = 1
left join pegs on waiting.order_line_id = pegs.order_line_id
left join last_pegs on waiting.order_line_id = last_pegs.order_line_id and last_pegs.recency = 1
left join substitutes on waiting.order_line_id = substitutes.order_line_id and substitutes.choice = 1
left join elsewhere on waiting.order_line_id = elsewhere.order_line_id and elsewhere.choice = 1
