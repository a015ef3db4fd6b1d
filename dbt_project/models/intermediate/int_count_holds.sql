{#- What is held for review: a count that differs from the ledger by more than its tolerance moves no stock until somebody
    accepts it. Movements that never change, like those they answer:

    - Each variance of a held count is taken back into suspense when it is posted.
    - When a review accepts the count, all of its variance comes back from there at once; what is explained of it later
      is stock again as of any count. A rejected count stays in suspense: the ledger wins.

    Which tolerance counts is what was known of the rules when the count became known. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='movement_id', meta={'dated': true}) }}

{% set columns = 'count_id, sku, location_id, effective_at, business_date, feed, file_sha256, row_number' %}

with news as (
    select * from {{ new_rows(ref('int_count_variances')) }} as variances
),

new_reviews as (
    select * from {{ new_rows(ref('stg_count_reviews')) }} as reviews
    where decision = 'accepted'
),

concerned as (
    select * from {{ ref('int_count_variances') }}
    where
        movement_id = count_id
        and (count_id in (select count_id from news) or count_id in (select count_id from new_reviews))
),

tolerances as (
    select
        concerned.count_id,
        concerned.qty_variance,
        rules.value,
        row_number() over (
            partition by concerned.count_id
            order by
                case when rules.sku is null then 1 else 0 end,
                case when rules.location_id is null then 1 else 0 end,
                rules.known_at desc, rules.effective_at desc, rules.row_number desc, rules.file_sha256 desc
        ) as choice
    from concerned
    inner join {{ source('raw', 'availability_rules') }} as rules
        on rules.rule = 'count_tolerance'
        and rules.known_at <= concerned.known_at
        and rules.business_date <= concerned.business_date
        and coalesce(rules.sku, concerned.sku) = concerned.sku
        and coalesce(rules.location_id, concerned.location_id) = concerned.location_id
),

held as (
    select count_id from tolerances
    where choice = 1 and abs(qty_variance) > value
),

taken_back as (
    select news.*
    from news
    inner join held on news.count_id = held.count_id
    left join {{ ref('stg_count_reviews') }} as reviews
        on news.count_id = reviews.count_id
        and reviews.decision = 'accepted'
        and reviews.known_at < news.known_at
    where reviews.count_id is null
),

released as (
    select
        variances.count_id,
        new_reviews.reason as review_reason,
        new_reviews.known_at as reviewed_at,
        new_reviews.load_number as review_load,
        sum(variances.qty_variance) as qty_variance
    from new_reviews
    inner join held on new_reviews.count_id = held.count_id
    inner join {{ ref('int_count_variances') }} as variances
        on new_reviews.count_id = variances.count_id
        and variances.known_at <= new_reviews.known_at
    group by variances.count_id, new_reviews.reason, new_reviews.known_at, new_reviews.load_number
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
    concerned.reason || ' was accepted: ' || released.review_reason as reason,
    {% for column in columns.split(', ') %}concerned.{{ column }}, {% endfor %}
    released.reviewed_at as known_at,
    released.review_load as load_number
from released
inner join concerned on released.count_id = concerned.count_id
