{#- Order lines whose state may differ from what the last build of the decisions said: what touched them since, what
    runs decided for them, and all that are not done. -#}
{{ config(tags=['decisions']) }}

with news as (
    select order_line_id from {{ ref('int_touched_lines') }}
    union all
    select order_line_id from {{ ref('stg_allocations') }} where load_number > {{ decisions_load() }}
    union all
    select order_line_id from {{ ref('stg_exports') }} where load_number > {{ decisions_load() }}
)

select order_line_id, order_id, first_date
from {{ ref('int_order_lines') }}
where qty_rest > 0 or order_line_id in (select order_line_id from news)
