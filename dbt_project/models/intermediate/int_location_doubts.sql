{#- Locations whose stock the run cannot be sure of, and how much of it is held back for that: nothing heard of them for too
    long, too much of what they last sent refused, or all of a file, so that their feed is stopped. No rule, no doubt. -#}
{{ config(tags=['ground']) }}

with heard as (
    select
        location_id,
        feed,
        business_date,
        row_number() over (partition by location_id order by business_date desc, known_at desc, feed) as recency
    from {{ ref('int_location_reports') }}
),

latest_files as (
    select feed, file_name, record_count, quarantined_count
    from (
        select files.*, row_number() over (partition by feed order by known_at desc, file_name desc) as recency
        from {{ source('raw', 'feed_files') }} as files
    ) as ranked
    where recency = 1 and record_count > 0
),

judged as (
    select
        heard.location_id,
        heard.business_date,
        {{ days_between('heard.business_date', as_of_date()) }} as silent_days,
        stopped.feed as stopped_feed,
        stopped.stopped_by,
        files.file_name,
        files.quarantined_count,
        files.record_count,
        {{ rule_value('stale_days', ['location_id'], 'null') }} as stale_days,
        {{ rule_value('failing_share', ['location_id'], 'null') }} as failing_share,
        {{ rule_value('doubt_share', ['location_id'], 0) }} as doubt_share
    from heard
    left join latest_files as files on heard.feed = files.feed
    left join {{ ref('int_stopped_locations') }} as stopped on heard.location_id = stopped.location_id
    {{ join_rules('stale_days', 'heard', ['location_id']) }}
    {{ join_rules('failing_share', 'heard', ['location_id']) }}
    {{ join_rules('doubt_share', 'heard', ['location_id']) }}
    where heard.recency = 1
)

select
    location_id,
    doubt_share,
    case
        when stopped_feed is not null and failing_share is not null
            then 'feed ' || stopped_feed || ' is stopped by ' || stopped_by
        when silent_days >= stale_days then 'nothing heard since ' || cast(business_date as {{ type_string() }})
        else
            cast(quarantined_count as {{ type_string() }}) || ' of ' || cast(record_count as {{ type_string() }})
            || ' records of ' || file_name || ' were refused'
    end as doubt_reason
from judged
where
    silent_days >= stale_days
    or quarantined_count >= record_count * failing_share
    or (stopped_feed is not null and failing_share is not null)
