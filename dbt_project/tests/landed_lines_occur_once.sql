{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'fct_order_lines'}}}) }}

{% set is_whole = is_whole_build() %}

with landed as (
    select distinct {{ concat_id(['channel_id', 'order_ref', 'line_ref']) }} as order_line_id
    from {{ source('raw', 'order_lines') }}
    {% if not is_whole %}where load_number > {{ decisions_load() }}{% endif %}
),

lines as (
    select order_line_id, count(*) as row_count
    from {{ tested(ref('fct_order_lines')) }} as lines
    group by order_line_id
)

select coalesce(landed.order_line_id, lines.order_line_id) as order_line_id, lines.row_count
from landed
full outer join lines on landed.order_line_id = lines.order_line_id
where
    coalesce(lines.row_count, 0) <> 1
    {% if is_whole %}or landed.order_line_id is null{% endif %}
