{{ config(tags=['decisions'], materialized='incremental', incremental_strategy='touched', unique_key='order_line_id', on_schema_change='fail') }}
{{ builds_after('int_lines_to_state') }}

{% set origin = 'cast(null as bigint) as amount_minor, effective_at, known_at, business_date, feed, file_sha256, row_number' %}

{#- A line that waits is decided anew in each run; only a wait that begins or changes is an event. -#}
with waits as (
    select
        decided.*,
        lag(quantity, 1, 0) over (
            partition by order_line_id
            order by effective_at, known_at, run_id
        ) as quantity_before
    from {{ ref('stg_allocations') }} as decided
    where decision = 'backordered' and {{ is_touched('decided') }}
),

{#- What the channel calls cancelled is one event, whether it says so on the line or in a credit. -#}
events as (
    select
        order_line_id, order_id, 'placed' as event_type, quantity, location_id,
        cast(null as {{ type_string() }}) as reason, feed || ':' || file_sha256 as stated_by, {{ origin }}
    from {{ ref('stg_order_lines') }}
    union all
    select
        order_line_id, order_id, line_status as event_type, quantity, cast(null as {{ type_string() }}) as location_id,
        status_reason as reason, feed || ':' || file_sha256 as stated_by, {{ origin }}
    from {{ ref('stg_order_line_statuses') }}
    union all
    select
        order_line_id, order_id, 'cancelled' as event_type, quantity, location_id, reason,
        adjustment_id as stated_by, {{ origin }}
    from {{ ref('int_order_adjustments') }}
    where resolved_kind = 'cancelled' and order_line_id is not null
    union all
    select
        order_line_id, order_id, 'returned' as event_type, quantity, location_id, reason,
        return_id as stated_by, {{ origin }}
    from {{ ref('int_order_returns') }}
    union all
    select
        order_line_id, order_id, 'shipped' as event_type, quantity, location_id,
        cast(null as {{ type_string() }}) as reason, movement_id as stated_by, {{ origin }}
    from {{ ref('int_order_shipments') }}
    union all
    select
        order_line_id, order_id, 'allocated' as event_type, quantity, location_id, reason,
        run_id || ':' || location_id as stated_by, {{ origin }}
    from {{ ref('stg_allocations') }}
    where decision = 'allocated'
    union all
    select
        order_line_id, order_id, 'backordered' as event_type, quantity, location_id, reason,
        run_id as stated_by, {{ origin }}
    from waits
    where quantity <> quantity_before
    union all
    select
        order_line_id, order_id, 'exported' as event_type, quantity, location_id,
        file_name as reason, export_id || ':' || cast(line_number as {{ type_string() }}) as stated_by, {{ origin }}
    from {{ ref('stg_exports') }}
    union all
    select
        order_line_id, order_id, event_type, quantity, location_id, reason, event_id as stated_by,
        amount_minor, effective_at, known_at, business_date, feed, file_sha256, row_number
    from {{ ref('int_order_events') }}
),

known as (
    select order_line_id || ':' || event_type || ':' || stated_by as event_id, events.*
    from events
    {# A touched line is a known one; what waits for its order is in rpt_waiting_events. #}
    where {% if is_incremental() %}{{ is_touched('events') }}{% else %}order_line_id in (
        select order_line_id from {{ ref('stg_order_lines') }}
    ){% endif %}
),

{#- Only lines with more than the usual are looked through event by event. -#}
in_doubt as (
    select order_line_id
    from known
    where event_type not in ('placed', 'held', 'allocated', 'backordered', 'exported', 'shipped', 'cancelled')
    union
    select order_line_id
    from {{ ref('int_order_lines') }} as lines
    where (qty_shipped > qty_ordered or first_shipped_at < placed_at) and {{ is_touched('lines') }}
),

running as (
    select
        event_id,
        event_type,
        sum(quantity) over (
            partition by order_line_id, event_type
            order by effective_at, event_id
            rows between unbounded preceding and current row
        ) as qty_happened,
        {% for type in ['placed', 'shipped', 'returned'] -%}
        sum(case when event_type = '{{ type }}' then quantity else 0 end) over (
            partition by order_line_id
            order by effective_at, {{ event_rank() }}, event_id
            rows between unbounded preceding and current row
        ) as qty_{{ type }}{{ ',' if not loop.last }}
        {% endfor %}
    from known
    where order_line_id in (select order_line_id from in_doubt)
),

impossible as (
    select event_id from running where qty_happened > {{ event_limit() }}
)

select
    known.event_id,
    known.order_line_id,
    known.order_id,
    known.event_type,
    known.quantity,
    known.location_id,
    known.reason,
    known.amount_minor,
    impossible.event_id is null as is_possible,
    known.effective_at,
    known.known_at,
    known.business_date,
    known.feed,
    known.file_sha256,
    known.row_number
from known
left join impossible on known.event_id = impossible.event_id
