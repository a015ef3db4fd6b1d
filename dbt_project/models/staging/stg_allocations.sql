{#- All decisions: the earlier ones, and what has been landed since the ground was built. -#}
{{ config(tags=['decisions'], materialized='view') }}

select
    {{ allocation_columns() }}
from {{ ref('stg_earlier_allocations') }}

union all

select
    {{ allocation_columns() }}
from (
    {{ landed_allocations(
        "(select * from " ~ source('raw', 'allocations') ~ " where load_number > (select max(ground_load) from "
        ~ source('raw', 'run') ~ "))"
    ) }}
) as landed
