{{ config(tags=['decisions']) }}

with position as (
    select position.*, {{ qty_sellable() }} as qty_sellable from {{ ref('fct_inventory_position') }} as position
),

counts as (
    select
        counts.*,
        row_number() over (partition by sku, location_id order by effective_at desc, known_at desc, movement_id desc) as recency,
        lead(effective_at) over (partition by sku, location_id order by effective_at desc, known_at desc, movement_id desc) as counted_before_at
    from {{ ref('stg_stock_counts') }} as counts
),

{#- What movements since the count before would have moved beyond what they did, by their places' last words. -#}
restated as (
    select counts.movement_id as count_id, sum(said.qty_beyond) as qty_beyond
    from counts
    inner join (
        select
            *,
            rank() over (partition by movement_id order by known_at desc, file_sha256 desc, row_number desc) as recency
        from {{ ref('int_restated_movements') }}
    ) as said
        on counts.sku = said.sku
        and counts.location_id = said.location_id
        and counts.effective_at >= said.effective_at
        and (counts.counted_before_at is null or counts.counted_before_at < said.effective_at)
    where counts.recency = 1 and said.recency = 1
    group by counts.movement_id
),

variances as (
    select
        count_id,
        sum(case when movement_id = count_id then qty_variance else 0 end) as qty_found,
        sum(case when movement_id <> count_id then qty_variance else 0 end) as qty_explained
    from {{ ref('int_count_variances') }}
    group by count_id
),

{#- What the place's counts have in suspense: its ledger is by as much not what they found. -#}
holds as (
    select
        held.sku,
        held.location_id,
        held.count_id,
        -sum(held.qty_moved) as qty_held,
        -sum(sum(held.qty_moved)) over (partition by held.sku, held.location_id) as qty_held_there,
        max(case when reviews.decision = 'rejected' then 1 else 0 end) = 1 as is_rejected
    from {{ ref('int_count_holds') }} as held
    left join {{ ref('stg_count_reviews') }} as reviews on held.count_id = reviews.count_id
    group by held.sku, held.location_id, held.count_id
),

suspense as (
    select sku, location_id, max(qty_held_there) as qty_held_there
    from holds
    group by sku, location_id
),

overdue as (
    select sku, location_id, sum(qty_remaining) as qty_overdue
    from {{ ref('int_inbound_lines') }}
    where expected_date < {{ as_of_date() }}
    group by sku, location_id
),

compared as (
    select
        counts.sku,
        counts.location_id,
        counts.movement_id as count_id,
        counts.effective_at as counted_at,
        counts.business_date,
        counts.counted_quantity as qty_counted,
        variances.qty_found + coalesce(suspense.qty_held_there - coalesce(holds.qty_held, 0), 0) as qty_found,
        variances.qty_explained,
        variances.qty_found + coalesce(suspense.qty_held_there - coalesce(holds.qty_held, 0), 0)
        + variances.qty_explained as qty_difference,
        coalesce(suspense.qty_held_there, 0) as qty_held,
        coalesce(holds.is_rejected, false) as is_rejected,
        coalesce(overdue.qty_overdue, 0) as qty_overdue,
        coalesce(restated.qty_beyond, 0) as qty_beyond
    from counts
    inner join variances on counts.movement_id = variances.count_id
    left join holds on counts.movement_id = holds.count_id
    left join restated on counts.movement_id = restated.count_id
    left join suspense on counts.sku = suspense.sku and counts.location_id = suspense.location_id
    left join overdue on counts.sku = overdue.sku and counts.location_id = overdue.location_id
    where counts.recency = 1
),

{#- Since when a balance has been below zero without a break: since its last day at zero or more, or since its first. -#}
negative as {{ materialized() }} (
    select sku, location_id from position where qty_on_hand < 0
),

last_not_below as {{ materialized() }} (
    select daily.sku, daily.location_id, max(daily.business_date) as last_date
    from {{ ref('fct_inventory_daily') }} as daily
    inner join negative on daily.sku = negative.sku and daily.location_id = negative.location_id
    where daily.qty_closing >= 0
    group by daily.sku, daily.location_id
),

below_zero as (
    select sku, location_id, {{ days_after('last_date', 1) }} as first_date from last_not_below
    union all
    select daily.sku, daily.location_id, min(daily.business_date) as first_date
    from {{ ref('fct_inventory_daily') }} as daily
    inner join (
        select negative.sku, negative.location_id
        from negative
        left join last_not_below as before on negative.sku = before.sku and negative.location_id = before.location_id
        where before.sku is null
    ) as always on daily.sku = always.sku and daily.location_id = always.location_id
    group by daily.sku, daily.location_id
),

judged as (
    select
        position.*,
        compared.count_id,
        compared.counted_at,
        compared.qty_counted,
        compared.qty_found,
        compared.business_date as counted_date,
        compared.qty_difference,
        coalesce(compared.qty_explained, 0) as qty_explained,
        coalesce(compared.qty_held, 0) as qty_held,
        case
            when compared.qty_held <> 0 and compared.is_rejected then 'count_rejected'
            when compared.qty_held <> 0 then 'held_for_review'
            when
                coalesce(compared.qty_difference, 0) = 0
                and least(position.qty_sellable, position.qty_on_hand) - position.qty_reserved < 0
                and position.qty_sellable + position.qty_oversell >= position.qty_reserved
                and position.qty_on_hand + position.qty_oversell >= 0
                then 'oversold_by_rule'
            when position.qty_on_hand < 0 then 'missing_receipt'
            when position.qty_sellable < 0 then 'left_while_blocked'
            when coalesce(compared.qty_difference, 0) = 0 and position.qty_reserved > greatest(position.qty_sellable, 0)
                then 'promised_beyond_stock'
            when coalesce(compared.qty_difference, 0) = 0 and coalesce(compared.qty_explained, 0) <> 0 then 'late_file'
            when coalesce(compared.qty_difference, 0) = 0 then 'agrees'
            when compared.qty_difference = compared.qty_beyond then 'stated_anew'
            when compared.qty_difference > 0 and compared.qty_overdue >= compared.qty_difference then 'missing_receipt'
            else 'unknown_movement'
        end as cause
    from position
    left join compared on position.sku = compared.sku and position.location_id = compared.location_id
    where compared.count_id is not null or position.qty_on_hand < 0 or position.qty_reserved > position.qty_sellable
),

{#- Whether a row is about a balance below 0 rather than about its last count, which may be long ago and right. -#}
aged as (
    select judged.*, qty_on_hand < 0 and cause in ('missing_receipt', 'oversold_by_rule') as is_of_balance from judged
)

select
    aged.sku,
    aged.location_id,
    aged.count_id,
    aged.counted_at,
    aged.qty_counted,
    cast(aged.qty_counted - aged.qty_found as bigint) as qty_expected,
    cast(aged.qty_explained as bigint) as qty_explained,
    cast(coalesce(aged.qty_difference, 0) as bigint) as qty_difference,
    cast(aged.qty_held as bigint) as qty_held,
    aged.qty_on_hand,
    aged.qty_reserved,
    greatest(aged.qty_reserved - greatest(aged.qty_sellable, 0), 0) as qty_over_reserved,
    aged.cause,
    cast(
        case
            when is_of_balance then greatest({{ days_between('below_zero.first_date', as_of_date()) }}, 0)
            else {{ days_between('aged.counted_date', as_of_date()) }}
        end as bigint
    ) as age_days,
    cast(
        {{ qty_ours('case when is_of_balance then aged.qty_on_hand else coalesce(aged.qty_difference, 0) end', 'locations.kind') }}
        * aged.unit_cost_minor as bigint
    ) as difference_minor,
    aged.currency
from aged
left join below_zero on aged.sku = below_zero.sku and aged.location_id = below_zero.location_id
left join {{ ref('dim_location') }} as locations on aged.location_id = locations.location_id
