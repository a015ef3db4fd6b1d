{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_order_lines'}}}) }}

with landed as (
    select distinct channel_id, order_ref, line_ref
    from {{ source('raw', 'order_lines') }}
),

lines as (
    select channel_id, order_ref, line_ref, count(*) as row_count
    from {{ ref('fct_order_lines') }}
    group by channel_id, order_ref, line_ref
)

select
    coalesce(landed.channel_id, lines.channel_id) as channel_id,
    coalesce(landed.order_ref, lines.order_ref) as order_ref,
    coalesce(landed.line_ref, lines.line_ref) as line_ref,
    lines.row_count
from landed
full outer join lines
    on landed.channel_id = lines.channel_id
    and landed.order_ref = lines.order_ref
    and landed.line_ref = lines.line_ref
where landed.channel_id is null or coalesce(lines.row_count, 0) <> 1
