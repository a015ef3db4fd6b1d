{{ config(tags=['decisions']) }}

with runs as (
    select run_id, row_number() over (order by effective_at desc, known_at desc, run_id desc) as recency
    from (select distinct run_id, effective_at, known_at from {{ ref('stg_interval_demand') }}) as distinct_runs
)

select
    rows_of_run.run_id,
    rows_of_run.sku,
    rows_of_run.location_id,
    rows_of_run.protection_days,
    rows_of_run.probability,
    rows_of_run.qty_demand
from {{ ref('stg_interval_demand') }} as rows_of_run
inner join runs on rows_of_run.run_id = runs.run_id and runs.recency = 1
