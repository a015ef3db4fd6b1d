{#- Decided before this run decides: what the ground stands on. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='decision_id') }}

select
    {{ concat_id(['run_id', 'order_line_id', 'decision', "coalesce(location_id, '')"]) }}
    || case when decision = 'expired' and release_due_at is not null then ':untold' else '' end as decision_id,
    {{ allocation_columns() }}
from (
    {{ landed_allocations(new_rows(source('earlier', 'allocations'))) }}
) as landed
