{{ config(tags=['ground'], severity='error', meta={'dagster': {'ref': {'name': 'rpt_feed_files'}}}) }}

select feed, file_sha256, file_name
from {{ ref('rpt_feed_files') }}
where record_count <> accepted_count + duplicate_count + superseded_count + quarantined_count
