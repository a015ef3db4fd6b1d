{{ config(tags=['ground'], materialized='incremental', incremental_strategy='restate', on_schema_change='fail', meta={'restated_by': 'stock_from'}) }}
{% set floor = restate_floor('stock_from') %}
{% set so_far = 'over (partition by {0}.sku, {0}.location_id order by {0}.business_date rows between unbounded preceding and current row)' %}

with postings as (
    select sku, location_id, business_date, movement_kind, account = 'blocked' as is_blocked, quantity, effective_at
    from {{ ref('fct_inventory_postings') }}
    where account in {{ held_accounts() }} and business_date >= {{ floor }}
),

series as (
    select
        sku, location_id, min(first_date) as first_date,
        {{ sum_bigint('qty_before_floor') }} as qty_before_floor, {{ sum_bigint('blocked_before_floor') }} as blocked_before_floor
    from (
        select sku, location_id, business_date as first_date, 0 as qty_before_floor, 0 as blocked_before_floor
        from postings
        {%- if is_incremental() %}
        union all
        select
            sku, location_id, business_date as first_date,
            qty_closing as qty_before_floor, qty_blocked as blocked_before_floor
        from {{ this }}
        where business_date = {{ days_after(floor, -1) }}
        {%- endif %}
    ) as known
    group by sku, location_id
),

{#- Sums are cast where they are made: wide ones, kept for each day of each series, are half of the memory of a rebuild. -#}
moved as (
    select
        sku,
        location_id,
        business_date,
        {%- for name, kinds in [
            ('qty_received', ['opening', 'receipt', 'transfer_in']),
            ('qty_issued', ['shipment', 'sale', 'transfer_out']),
            ('qty_returned', ['return']),
            ('qty_adjusted', ['adjustment', 'write_off', 'count_variance', 'count_held', 'count_released']),
        ] %}
        {{ sum_bigint("case when movement_kind in ('" ~ kinds | join("', '") ~ "') then quantity else 0 end") }} as {{ name }},
        {%- endfor %}
        {{ sum_bigint('quantity') }} as qty_moved,
        {{ sum_bigint('case when is_blocked then quantity else 0 end') }} as blocked_moved,
        {{ sum_bigint('case when not is_blocked then least(quantity, 0) end') }} as qty_taken
    from postings
    group by sku, location_id, business_date
),

days as (
    select
        calendar.date_day as business_date, series.sku, series.location_id,
        series.qty_before_floor, series.blocked_before_floor
    from series
    inner join {{ ref('dim_date') }} as calendar on calendar.date_day >= series.first_date
    where calendar.date_day >= {{ floor }} and calendar.date_day <= {{ as_of_date() }}
),

{#- Days with movements on which the shelf may have been empty; on all others it was so from midnight to midnight, or
    never. A day is its location's own. -#}
days_at_risk as (
    select
        running.sku,
        running.location_id,
        running.business_date,
        running.sellable_opening as qty_opening,
        {{ start_of_day('running.business_date', "coalesce(locations.timezone, 'UTC')") }} as began_at,
        {{ start_of_day(days_after('running.business_date', 1), "coalesce(locations.timezone, 'UTC')") }} as ended_at
    from (
        select
            moved.sku,
            moved.location_id,
            moved.business_date,
            moved.qty_taken,
            {{ qty_sellable(
                'series.qty_before_floor - moved.qty_moved + sum(moved.qty_moved) ' ~ so_far.format('moved'),
                'series.blocked_before_floor - moved.blocked_moved + sum(moved.blocked_moved) ' ~ so_far.format('moved')
            ) }} as sellable_opening
        from moved
        inner join series on moved.sku = series.sku and moved.location_id = series.location_id
    ) as running
    left join {{ ref('dim_location') }} as locations on running.location_id = locations.location_id
    where running.sellable_opening + running.qty_taken <= 0
),

moments as (
    select sku, location_id, business_date, qty_opening as quantity, began_at as moved_at, ended_at
    from days_at_risk
    union all
    select
        risk.sku,
        risk.location_id,
        risk.business_date,
        postings.quantity,
        greatest(risk.began_at, least(risk.ended_at, postings.effective_at)) as moved_at,
        risk.ended_at
    from days_at_risk as risk
    inner join postings
        on risk.sku = postings.sku
        and risk.location_id = postings.location_id
        and risk.business_date = postings.business_date
        and not postings.is_blocked
),

{#- What moves at one instant moves together: no time passes between. -#}
spells as (
    select
        sku,
        location_id,
        business_date,
        sum(sum(quantity)) over (partition by sku, location_id, business_date order by moved_at rows between unbounded preceding and current row) as qty_on_hand,
        {{ hours_between('moved_at', 'lead(moved_at, 1, ended_at) over (partition by sku, location_id, business_date order by moved_at)') }} as hours
    from moments
    group by sku, location_id, business_date, moved_at, ended_at
),

hours_out as (
    select
        sku,
        location_id,
        business_date,
        sum(case when qty_on_hand <= 0 then hours else 0 end) / sum(hours) as stocked_out_share
    from spells
    group by sku, location_id, business_date
),

balances as (
    select
        days.business_date,
        days.sku,
        days.location_id,
        coalesce(moved.qty_received, 0) as qty_received,
        coalesce(moved.qty_issued, 0) as qty_issued,
        coalesce(moved.qty_returned, 0) as qty_returned,
        coalesce(moved.qty_adjusted, 0) as qty_adjusted,
        coalesce(moved.qty_moved, 0) as qty_moved,
        moved.qty_taken,
        cast(days.qty_before_floor + sum(coalesce(moved.qty_moved, 0)) {{ so_far.format('days') }} as bigint) as qty_closing,
        cast(days.blocked_before_floor + sum(coalesce(moved.blocked_moved, 0)) {{ so_far.format('days') }} as bigint) as qty_blocked
    from days
    left join moved
        on days.sku = moved.sku
        and days.location_id = moved.location_id
        and days.business_date = moved.business_date
)

select
    balances.business_date,
    balances.sku,
    balances.location_id,
    qty_closing - qty_moved as qty_opening,
    qty_received,
    qty_issued,
    qty_returned,
    qty_adjusted,
    qty_closing,
    qty_blocked,
    {{ qty_sellable('qty_closing', 'qty_blocked') }} <= 0 as is_stocked_out,
    round(coalesce(hours_out.stocked_out_share, case when {{ qty_sellable('qty_closing', 'qty_blocked') }} <= 0 and qty_taken is null then 1.0 else 0.0 end), 4)
        as stocked_out_share
from balances
left join hours_out
    on balances.sku = hours_out.sku
    and balances.location_id = hours_out.location_id
    and balances.business_date = hours_out.business_date
{{ laid_by_day('balances.') }}
