{{ config(tags=['ground']) }}

select channel_id, name, kind, currency, priority
from {{ ref('stg_channels') }}
