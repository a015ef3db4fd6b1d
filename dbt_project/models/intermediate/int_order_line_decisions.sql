{#- What our runs have decided for a line: all that was ever allocated, and what the latest run left
    waiting or held (a SKU that no product describes). -#}
{{ config(
    tags=['decisions'], materialized='incremental', incremental_strategy='touched', unique_key='order_line_id',
    meta={'states': 'true'}
) }}
{{ builds_after('int_lines_to_state') }}

with decided as (
    select * from {{ ref('stg_allocations') }} as allocations
    where {{ is_touched('allocations') }}
),

allocated as (
    {{ allocated_ever(ref('stg_allocations'), 'select order_line_id from decided', first_touched_day() if is_incremental() else "cast('0001-01-01' as date)") }}
),

latest_run as (
    {{ latest_run(ref('stg_allocations')) }}
),

ahead as (
    {{ sold_ahead('run_id in (select run_id from latest_run)') }}
)

select
    decided.order_line_id,
    coalesce(min(allocated.qty_allocated_ever), 0) as qty_allocated_ever,
    {{ sum_bigint(
        "case when decided.decision = 'backordered' and latest_run.run_id is not null then decided.quantity else 0 end"
    ) }} as qty_backordered_latest,
    max(case when decided.decision = 'held' and latest_run.run_id is not null then 1 else 0 end) = 1 as is_held_latest,
    min(decided.business_date) as business_date,
    {% for column in ['reason', 'reason_code'] -%}
    min(case when decided.decision = 'held' and latest_run.run_id is not null then decided.{{ column }} end)
        as hold_{{ column }},
    {% endfor -%}
    min(allocated.first_allocated_at) as allocated_at,
    min(case when decided.decision = 'backordered' then decided.effective_at end) as backordered_at,
    min(case when decided.decision = 'backordered' then latest_run.run_id end) as backordering_run_id,
    coalesce(max(ahead.qty_pre_sold), 0) as qty_pre_sold_latest,
    max(ahead.pre_sell_reason) as pre_sell_reason
from decided
left join latest_run on decided.run_id = latest_run.run_id
left join allocated on decided.order_line_id = allocated.order_line_id
left join ahead on decided.order_line_id = ahead.order_line_id
group by decided.order_line_id
