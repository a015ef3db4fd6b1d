{#- Locations of which a feed that tells of their stock is stopped by a held file: what lies there, and what has left, may
    stand in that file, or in one that waits behind it. -#}
{{ config(tags=['ground']) }}

select location_id, feed, stopped_by
from (
    select
        reports.location_id,
        stops.stopped_feed as feed,
        stops.stopped_by,
        row_number() over (partition by reports.location_id order by stops.stopped_feed) as place
    from {{ ref('stg_feed_stops') }} as stops
    inner join (select distinct location_id, feed from {{ ref('int_location_reports') }}) as reports
        on stops.stopped_feed = reports.feed
    where stops.state = 'stopped'
) as stopped
where place = 1
