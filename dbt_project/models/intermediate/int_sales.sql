{#- What channels hand over themselves (tills), as movements: a line's first sale, and a movement back and another one
    whenever a later statement says otherwise. Nothing posted is ever changed; a statement older than one we know
    already changes nothing. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='movement_id', meta={'dated': true}) }}
{{ builds_after('int_touched_lines') }}

{% set line_id = concat_id(['channel_id', 'order_ref', 'line_ref']) %}

with lines as (
    select order_line_id, sku, location_id, quantity, line_status, effective_at, business_date, feed, file_sha256,
        row_number, known_at, first_load, statement_count
    from {{ ref('stg_order_lines') }} as stated
    where {{ is_touched('stated') }}
),

{#- Lines stated more than once, and now once more: what was sold of them may have changed. -#}
restated as (
    select order_line_id, first_load
    from lines
    where
        statement_count > 1
        and order_line_id in (select {{ line_id }} from {{ new_rows(source('raw', 'order_lines')) }} as stated)
),

landed as (
    select * from {{ new_rows(source('raw', 'order_lines')) }} as stated
    where {{ line_id }} in (select order_line_id from restated)
    {% if is_incremental() %}
    union all
    select * from {{ source('raw', 'order_lines') }} as stated
    where
        load_number <= {{ built_load() }}
        and business_date >= {{ first_touched_day() }}
        and {{ line_id }} in (select order_line_id from restated where first_load <= {{ built_load() }})
    {% endif %}
),

statements as (
    select
        landed.*,
        {{ line_id }} as order_line_id,
        case when line_status = 'fulfilled' and location_id is not null then quantity else 0 end as qty_sold,
        max(updated_at) over (
            partition by {{ line_id }}
            order by known_at, updated_at, row_number, file_sha256
            rows between unbounded preceding and 1 preceding
        ) as updated_before
    from landed
),

versions as (
    select
        statements.*,
        row_number() over arrival as version,
        lag(qty_sold, 1, 0) over arrival as qty_sold_before,
        lag(sku) over arrival as sku_before,
        lag(location_id) over arrival as location_id_before,
        lag(effective_at) over arrival as effective_at_before,
        lag(business_date) over arrival as business_date_before
    from statements
    where updated_before is null or updated_at >= updated_before
    window arrival as (partition by order_line_id order by known_at, updated_at, row_number, file_sha256)
),

changes as (
    select *
    from versions
    where
        qty_sold <> qty_sold_before
        or (
            qty_sold > 0
            and (sku <> sku_before or location_id <> location_id_before or effective_at <> effective_at_before)
        )
)

select
    {{ concat_id(["'sale'", 'order_line_id', "'1'"]) }} as movement_id,
    order_line_id, sku, location_id, -quantity as quantity, cast(null as {{ type_string() }}) as reason,
    effective_at, business_date, feed, file_sha256, row_number, known_at, first_load as load_number
from lines
where statement_count = 1 and line_status = 'fulfilled' and location_id is not null
{% if is_incremental() %}and first_load > {{ built_load() }}{% endif %}

union all

select
    {{ concat_id(["'sale'", 'order_line_id', 'cast(version as ' ~ type_string() ~ ')']) }} as movement_id,
    order_line_id, sku, location_id, -qty_sold as quantity, cast(null as {{ type_string() }}) as reason,
    effective_at, business_date, feed, file_sha256, row_number, known_at, load_number
from changes
where qty_sold > 0

union all

select
    {{ concat_id(["'sale'", 'order_line_id', 'cast(version as ' ~ type_string() ~ ')', "'back'"]) }} as movement_id,
    order_line_id, sku_before as sku, location_id_before as location_id, qty_sold_before as quantity,
    'stated anew' as reason, effective_at_before as effective_at, business_date_before as business_date,
    feed, file_sha256, row_number, known_at, load_number
from changes
where qty_sold_before > 0
