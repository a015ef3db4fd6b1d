{#- What counts say beyond the ledger, as movements that never change. A count never overwrites:

    - When it becomes known: counted, less the latest count before it that we knew, and all that moved since and was
      known by then. A first count is held against all movements. Of its own instant a count has seen every movement, and
      corrects the counts that were known before it.
    - When a movement becomes known after a count that had seen its effect: the same quantity back at that count, since
      it explains part of the variance and changes no balance after the count.
    - When a count becomes known after a later one: its own variance back at the later one, for the same reason. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='movement_id', meta={'dated': true}) }}

{% set in_order = 'effective_at, is_count, case when is_count = 1 then known_at end, movement_id' %}
{% set origin = 'effective_at, business_date, feed, file_sha256, row_number, known_at, load_number' %}

with counts as (
    select * from {{ ref('stg_stock_counts') }}
),

new_counts as (
    select * from {{ new_rows(ref('stg_stock_counts')) }} as stated
),

known_pairs as (
    select
        new_counts.movement_id,
        counts.movement_id as other_id,
        counts.effective_at as other_effective_at,
        counts.known_at as other_known_at,
        case when counts.effective_at <= new_counts.effective_at then 'before' else 'after' end as side
    from new_counts
    inner join counts
        on new_counts.sku = counts.sku
        and new_counts.location_id = counts.location_id
        and new_counts.movement_id <> counts.movement_id
        and (
            counts.known_at < new_counts.known_at
            or (
                counts.known_at = new_counts.known_at
                and (
                    counts.effective_at < new_counts.effective_at
                    or (counts.effective_at = new_counts.effective_at and counts.movement_id < new_counts.movement_id)
                )
            )
        )
),

neighbours as (
    select
        movement_id,
        side,
        other_id,
        row_number() over (
            partition by movement_id, side
            order by
                case when side = 'after' then other_effective_at end,
                case when side = 'after' then other_known_at end,
                case when side = 'after' then other_id end,
                other_effective_at desc,
                other_known_at desc,
                other_id desc
        ) as nearness
    from known_pairs
),

intervals as (
    select
        new_counts.*,
        before.movement_id as before_id,
        before.effective_at as before_effective_at,
        before.business_date as before_date,
        coalesce(before.counted_quantity, 0) as qty_counted_before,
        next_known.movement_id as after_id
    from new_counts
    left join neighbours as preceding
        on new_counts.movement_id = preceding.movement_id and preceding.side = 'before' and preceding.nearness = 1
    left join counts as before on preceding.other_id = before.movement_id
    left join neighbours as following
        on new_counts.movement_id = following.movement_id and following.side = 'after' and following.nearness = 1
    left join counts as next_known on following.other_id = next_known.movement_id
),

{#- All that moved to or from the places of new counts, in its own order, with the running sum. -#}
observations as (
    select
        movements.sku,
        movements.location_id,
        movements.effective_at,
        0 as is_count,
        movements.known_at,
        movements.movement_id,
        movements.quantity
    from {{ ref('int_inventory_movements') }} as movements
    inner join (
        select sku, location_id, min(coalesce(before_date, cast('0001-01-01' as date))) as from_date
        from intervals
        group by sku, location_id
    ) as places
        on movements.sku = places.sku and movements.location_id = places.location_id
    {# Zones differ by up to 26 hours: the day of an instant is not the same everywhere. #}
    where movements.counter_account <> 'blocked' and movements.business_date >= case
        when places.from_date = cast('0001-01-01' as date) then places.from_date
        else {{ days_after('places.from_date', -2) }}
    end
    union all
    select sku, location_id, effective_at, 1 as is_count, known_at, movement_id, 0 as quantity
    from counts
    where movement_id in (select movement_id from intervals union all select before_id from intervals)
),

running as (
    select
        observations.*,
        sum(quantity) over (
            partition by sku, location_id
            order by {{ in_order }}
            rows between unbounded preceding and current row
        ) as qty_moved_until,
        min(case when is_count = 1 then known_at end) over (
            partition by sku, location_id
            order by {{ in_order }}
            rows between current row and unbounded following
        ) as counted_from
    from observations
),

{#- Movements within a new count's interval that it had seen and we had not. -#}
unseen as (
    select intervals.movement_id, sum(running.quantity) as qty_unseen
    from intervals
    inner join running
        on intervals.sku = running.sku
        and intervals.location_id = running.location_id
        and running.is_count = 0
        and running.counted_from < running.known_at
        and intervals.known_at < running.known_at
        and running.effective_at <= intervals.effective_at
        and (intervals.before_effective_at is null or running.effective_at > intervals.before_effective_at)
    group by intervals.movement_id
),

variances as (
    select
        intervals.*,
        intervals.counted_quantity
        - intervals.qty_counted_before
        - (at_count.qty_moved_until - coalesce(at_before.qty_moved_until, 0))
        + coalesce(unseen.qty_unseen, 0) as qty_variance
    from intervals
    inner join running as at_count on intervals.movement_id = at_count.movement_id and at_count.is_count = 1
    left join running as at_before on intervals.before_id = at_before.movement_id and at_before.is_count = 1
    left join unseen on intervals.movement_id = unseen.movement_id
),

{#- Movements that became known after a count that had seen them: each is explained at the earliest such count. -#}
late_movements as (
    {% if is_incremental() -%}
    select * from {{ new_rows(ref('int_inventory_movements')) }} as movements
    where counter_account <> 'blocked'
    {%- else -%}
    select movements.*
    from {{ ref('int_inventory_movements') }} as movements
    inner join running on movements.movement_id = running.movement_id
    where running.is_count = 0 and running.counted_from < running.known_at
    {%- endif %}
),

explained as (
    select
        late_movements.movement_id as cause_id,
        late_movements.quantity as qty_cause,
        late_movements.known_at as cause_known_at,
        late_movements.load_number as cause_load,
        counts.*,
        row_number() over (
            partition by late_movements.movement_id
            order by counts.effective_at, counts.known_at, counts.movement_id
        ) as nearness
    from late_movements
    inner join counts
        on late_movements.sku = counts.sku
        and late_movements.location_id = counts.location_id
        and late_movements.effective_at <= counts.effective_at
        and counts.known_at < late_movements.known_at
)

select
    movement_id, movement_id as count_id, sku, location_id, cast(qty_variance as bigint) as qty_variance, counted_quantity,
    'count ' || count_ref as reason, {{ origin }}
from variances

union all

select
    {{ concat_id(["'explained'", 'movement_id', 'cause_id']) }} as movement_id,
    movement_id as count_id, sku, location_id,
    cast(-qty_cause as bigint) as qty_variance, cast(null as bigint) as counted_quantity,
    'count ' || count_ref || ' had seen ' || cause_id as reason,
    effective_at, business_date, feed, file_sha256, row_number, cause_known_at as known_at, cause_load as load_number
from explained
where nearness = 1

union all

select
    {{ concat_id(["'explained'", 'counts.movement_id', 'variances.movement_id']) }} as movement_id,
    counts.movement_id as count_id, counts.sku, counts.location_id,
    cast(-variances.qty_variance as bigint) as qty_variance, cast(null as bigint) as counted_quantity,
    'count ' || counts.count_ref || ' had seen ' || variances.movement_id as reason,
    counts.effective_at, counts.business_date, counts.feed, counts.file_sha256, counts.row_number,
    variances.known_at, variances.load_number
from variances
inner join counts on variances.after_id = counts.movement_id
