{{ config(tags=['decisions']) }}

{#- Half a year of whole protection intervals, counted back from the last day: what a level promises is one of them
    without a want. A want is an order that had to wait, wherever it was sent from in the end, or what a day without stock
    is estimated to have lost. A series has a row on each of its days: none older than the half year need be looked at. -#}
{% set days = 182 %}

with levels as (
    select
        sku, location_id, abc_class, protection_days, service_level_target, target_measure, service_level_expected,
        fill_rate_expected
    from {{ ref('fct_safety_stock') }}
    where is_current
),

wants as (
    select sku, demand_location_id as location_id, business_date, qty_ordered - qty_cancelled as qty_wanted, 0 as qty_lost
    from {{ ref('fct_order_lines') }}
    where
        business_date > {{ days_after(as_of_date(), -days) }}
        and backordered_at is not null
        and qty_ordered > qty_cancelled
    union all
    select sku, location_id, business_date, qty_repaired - qty_demand as qty_wanted, qty_repaired - qty_demand as qty_lost
    from {{ ref('fct_demand_repairs') }}
    where
        business_date > {{ days_after(as_of_date(), -days) }}
        and kind = 'stocked_out'
        and qty_repaired > qty_demand
),

demand as (
    select sku, location_id, min(business_date) as first_date, {{ sum_bigint('qty_demand') }} as qty_demand
    from {{ ref('fct_demand_daily') }}
    where business_date > {{ days_after(as_of_date(), -days) }}
    group by sku, location_id
),

lived as (
    select
        levels.*,
        demand.qty_demand,
        {{ int_div("least(" ~ days ~ ", " ~ days_between('demand.first_date', as_of_date()) ~ " + 1)", 'levels.protection_days') }}
            as intervals
    from levels
    inner join demand on levels.sku = demand.sku and levels.location_id = demand.location_id
),

missed as (
    select
        lived.sku,
        lived.location_id,
        {#- Day 0 is the last one; what is in no whole interval counts in none. -#}
        count(distinct {{ int_div(days_between('wants.business_date', as_of_date()), 'lived.protection_days') }})
            as intervals_missed,
        {#- What is estimated has fractions, whose sum depends on their order. -#}
        round(sum(wants.qty_wanted), 4) as qty_missed,
        round(sum(wants.qty_lost), 4) as qty_lost
    from lived
    inner join wants on lived.sku = wants.sku and lived.location_id = wants.location_id
    where
        wants.business_date <= {{ as_of_date() }}
        and {{ days_between('wants.business_date', as_of_date()) }} < lived.intervals * lived.protection_days
    group by lived.sku, lived.location_id
)

select
    lived.sku,
    lived.location_id,
    lived.abc_class,
    lived.protection_days,
    lived.intervals,
    coalesce(missed.intervals_missed, 0) as intervals_missed,
    lived.target_measure,
    lived.service_level_target,
    lived.service_level_expected,
    case
        when lived.intervals > 0
            then round(1 - cast(coalesce(missed.intervals_missed, 0) as double) / lived.intervals, 6)
    end as service_level_achieved,
    lived.qty_demand,
    coalesce(missed.qty_missed, 0) as qty_missed,
    lived.fill_rate_expected,
    case
        when lived.qty_demand + coalesce(missed.qty_lost, 0) > 0
            then round(greatest(1 - coalesce(missed.qty_missed, 0) / (lived.qty_demand + coalesce(missed.qty_lost, 0)), 0), 6)
    end as fill_rate_achieved
from lived
left join missed on lived.sku = missed.sku and lived.location_id = missed.location_id
