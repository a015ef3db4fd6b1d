{#- What is held for review: a count that differs from the ledger by more than its tolerance moves no stock until a count
    wins that stands at its instant or later. Movements that never change, like those they answer:

    - Each variance of a held count is taken back into suspense when it is posted.
    - A count wins as it becomes known, if it is not held, else when a review accepts it. All that is held by then of it
      and of the counts before it comes back from suspense at once; what is explained of these later is stock again as of
      any count. A rejected count stays in suspense until another one wins: the ledger does.

    Which tolerance counts is what was known of the rules when the count became known. Python: `hold` in
    oms_core/inventory/ledger.py. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='movement_id', meta={'dated': true}) }}

{% set columns = 'count_id, sku, location_id, effective_at, business_date, feed, file_sha256, row_number' %}

with news as (
    select * from {{ new_rows(ref('int_count_variances')) }} as variances
),

accepted as (
    select * from {{ ref('stg_count_reviews') }} where decision = 'accepted'
),

{#- All counts of a place of which there is news, each by its own variance. -#}
concerned as (
    select counted.*
    from {{ ref('int_count_variances') }} as counted
    inner join (
        select sku, location_id
        from {{ ref('int_count_variances') }} as told
        where
            movement_id = count_id
            and (
                count_id in (select count_id from news)
                or count_id in (select count_id from {{ new_rows(ref('stg_count_reviews')) }} as reviews)
            )
        group by sku, location_id
    ) as places
        on counted.sku = places.sku and counted.location_id = places.location_id
    where counted.movement_id = counted.count_id
),

tolerances as (
    {{ rules_then('count_tolerance', 'concerned', 'count_id') }}
),

held as (
    select concerned.*
    from concerned
    inner join tolerances on concerned.count_id = tolerances.count_id
    where abs(concerned.qty_variance) > tolerances.value
),

won as (
    select
        concerned.count_id,
        concerned.sku,
        concerned.location_id,
        concerned.effective_at,
        concerned.known_at,
        concerned.reason,
        accepted.reason as review_reason,
        {# A review that is known before its count says nothing until then. #}
        case when held.count_id is null then concerned.known_at else greatest(accepted.known_at, concerned.known_at) end
            as won_at,
        case when held.count_id is null then concerned.load_number else greatest(accepted.load_number, concerned.load_number) end
            as won_load
    from concerned
    left join held on concerned.count_id = held.count_id
    left join accepted on concerned.count_id = accepted.count_id
    where held.count_id is null or accepted.count_id is not null
),

ends as (
    select
        held.count_id,
        case
            when won.count_id = held.count_id then held.reason || ' was accepted: ' || won.review_reason
            else held.reason || ': ' || won.reason || ' counts'
        end as reason,
        won.won_at,
        won.won_load,
        row_number() over (
            partition by held.count_id
            order by won.won_at, won.effective_at, won.count_id
        ) as choice
    from held
    inner join won
        on held.sku = won.sku
        and held.location_id = won.location_id
        and (
            won.effective_at > held.effective_at
            or (
                won.effective_at = held.effective_at
                and (won.known_at > held.known_at or (won.known_at = held.known_at and won.count_id >= held.count_id))
            )
        )
),

taken_back as (
    select news.*
    from news
    inner join held on news.count_id = held.count_id
    left join ends on news.count_id = ends.count_id and ends.choice = 1
    where ends.count_id is null or ends.won_at > news.known_at
),

released as (
    select ends.count_id, ends.reason, ends.won_at, ends.won_load, sum(variances.qty_variance) as qty_variance
    from ends
    inner join {{ ref('int_count_variances') }} as variances
        on ends.count_id = variances.count_id
        and variances.known_at < ends.won_at
    where ends.choice = 1
    group by ends.count_id, ends.reason, ends.won_at, ends.won_load
)

select
    {{ concat_id(["'held'", 'movement_id']) }} as movement_id,
    'count_held' as movement_kind,
    -qty_variance as qty_moved,
    reason || ': held for review' as reason,
    {{ columns }},
    known_at,
    load_number
from taken_back

union all

select
    {{ concat_id(["'released'", 'released.count_id']) }} as movement_id,
    'count_released' as movement_kind,
    cast(released.qty_variance as bigint) as qty_moved,
    released.reason,
    {% for column in columns.split(', ') %}held.{{ column }}, {% endfor %}
    released.won_at as known_at,
    released.won_load as load_number
from released
inner join held on released.count_id = held.count_id
