{{ config(tags=['decisions'], materialized='incremental', incremental_strategy='touched', unique_key='order_line_id', on_schema_change='fail') }}
{{ builds_after('int_lines_to_state') }}

{#- Only lines with more than the usual are looked through event by event: not those whose events of a kind together are
    no more than, and none before, all of what they follow. -#}
with stated as (
    select order_line_id, event_type, sum(quantity) as quantity, min(effective_at) as first_at
    from {{ ref('int_order_events') }} as events
    where event_type in ({{ limited_events() }}) and {{ is_touched('events') }}
    group by order_line_id, event_type
),

in_doubt as (
    select order_line_id from {{ ref('int_order_returns') }} as returns where {{ is_touched('returns') }}
    union
    select stated.order_line_id
    from stated
    inner join {{ ref('int_order_lines') }} as lines on stated.order_line_id = lines.order_line_id
    where
        {{ is_touched('lines') }}
        and case
            when event_type in ({{ limited_events('placed') }}) then stated.quantity > qty_ordered or first_at < placed_at
            when event_type in ({{ limited_events('shipped') }})
                then stated.quantity > qty_shipped or shipped_at is null or first_at < shipped_at
            else true
        end
    union
    select order_line_id from {{ ref('stg_stock_movements') }} as movements
    where kind in ('unblock', 'write_off') and order_line_id is not null and {{ is_touched('movements') }}
    union
    select order_line_id
    from {{ ref('int_order_lines') }} as lines
    where (qty_shipped > qty_ordered or first_shipped_at < placed_at) and {{ is_touched('lines') }}
),

{#- Made once, and whole before it is laid by day: a sort that many branches of a union write to at once holds a share of
    the memory for each of them, more than there is. -#}
events as {{ materialized() }} (
    select order_line_id || ':' || event_type || ':' || stated_by as event_id, happened.*
    from (
        {{ line_events() }}
    ) as happened
),

running as (
    select
        event_id,
        event_type,
        sum(quantity) over (
            partition by order_line_id, {{ event_group() }}
            order by effective_at, {{ event_rank() }}, event_id
            rows between unbounded preceding and current row
        ) as qty_happened,
        {% for type in ['placed', 'shipped', 'returned'] -%}
        sum(case when event_type = '{{ type }}' then quantity else 0 end) over (
            partition by order_line_id
            order by effective_at, {{ event_rank() }}, event_id
            rows between unbounded preceding and current row
        ) as qty_{{ type }}{{ ',' if not loop.last }}
        {% endfor %}
    from events
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
    known.carrier,
    known.tracking_ref,
    impossible.event_id is null and not known.is_foreign as is_possible,
    known.effective_at,
    known.known_at,
    known.business_date,
    known.feed,
    known.file_sha256,
    known.row_number
from events as known
left join impossible on known.event_id = impossible.event_id
{{ laid_by_day('known.') }}
