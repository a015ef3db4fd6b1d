{{ config(tags=['ground']) }}

select stopped_feed, state, stopped_by, known_at
from (
    {{ latest_statement(source('raw', 'feed_stops'), ['stopped_feed'], 'run_id') }}
) as last_stated
