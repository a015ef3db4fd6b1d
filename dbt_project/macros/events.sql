{#- What runs sold ahead of supply, by order line and run: of the lines that the build touches, or by a condition. -#}
{% macro sold_ahead(condition=none) -%}
    select
        order_line_id, run_id, {{ sum_bigint('qty_pre_sold') }} as qty_pre_sold, max(pre_sell_reason) as pre_sell_reason
    from {{ ref('stg_pegs') }} as pegs
    where qty_pre_sold > 0 and {{ condition or is_touched('pegs') }}
    group by order_line_id, run_id
{%- endmacro %}

{#- The last edit of each column by itself, of the lines that the build touches. -#}
{% macro line_edits() %}
    {%- set editable = ['fulfilment_method', 'ship_to_country', 'ship_to_region', 'qty_ordered'] -%}
    select
        order_line_id
        {%- for column in editable %},
        max(case when {{ column }}_recency = 1 then {{ column }} end) as {{ column }},
        max(case when {{ column }}_recency = 1 and {{ column }} is not null then effective_at end) as {{ column }}_at
        {%- endfor %}
    from (
        select
            events.*
            {%- for column in editable %},
            row_number() over (
                partition by order_line_id, case when {{ column }} is null then 1 else 0 end
                order by effective_at desc, event_id desc
            ) as {{ column }}_recency
            {%- endfor %}
        from {{ ref('int_order_events') }} as events
        where event_type = 'edited' and {{ is_touched('events') }}
    ) as edited
    group by order_line_id
{% endmacro %}

{#- What happened to order lines, whoever stated it: of the lines that the build touches. What is stated of a line that
    nobody knows yet is in rpt_waiting_events and not here. What the channel calls cancelled is one event, whether it says
    so on the line or in a credit. A line that waits is decided anew in each run: only a wait that begins or changes is an
    event; so is only a pre-sale that begins, changes or ends without stock. -#}
{% macro line_events() %}
    {%- set no_parcel = 'cast(null as ' ~ type_string() ~ ') as carrier, cast(null as ' ~ type_string() ~ ') as tracking_ref' -%}
    {%- set stated = 'effective_at, known_at, business_date, feed, file_sha256, row_number' -%}
    {%- set origin = 'cast(null as bigint) as amount_minor, ' ~ no_parcel ~ ', false as is_foreign, ' ~ stated -%}
    {%- set known -%}
        select order_line_id from {{ ref('int_order_lines') }} as known_lines where {{ is_touched('known_lines') }}
    {%- endset %}
    select
        order_line_id, order_id, 'placed' as event_type, qty_ordered as quantity, location_id,
        cast(null as {{ type_string() }}) as reason, feed as stated_by, {{ origin }}
    from (
        select known_lines.*, placed_at as effective_at from {{ ref('int_order_lines') }} as known_lines
        where {{ is_touched('known_lines') }}
    ) as lines
    union all
    select
        statuses.order_line_id, order_id, line_status as event_type,
        case when line_status = 'cancelled' then quantity - coalesce(qty_credited, 0) else quantity end as quantity,
        cast(null as {{ type_string() }}) as location_id, status_reason as reason, feed as stated_by, {{ origin }}
    from {{ ref('stg_order_line_statuses') }} as statuses
    left join (
        select order_line_id, {{ sum_bigint('quantity') }} as qty_credited
        from {{ ref('int_order_adjustments') }} as adjustments
        where resolved_kind = 'cancelled' and {{ is_touched('adjustments') }}
        group by order_line_id
    ) as credited on statuses.order_line_id = credited.order_line_id
    where {{ is_touched('statuses') }} and (line_status = 'held' or quantity > coalesce(qty_credited, 0))
    union all
    select
        order_line_id, order_id, 'cancelled' as event_type, quantity, location_id, reason,
        adjustment_id as stated_by, {{ origin }}
    from {{ ref('int_order_adjustments') }} as adjustments
    where resolved_kind = 'cancelled' and order_line_id is not null and {{ is_touched('adjustments') }}
    union all
    select
        order_line_id, order_id, 'returned' as event_type, quantity, location_id, reason,
        return_id as stated_by, {{ origin }}
    from {{ ref('int_order_returns') }} as returns
    where order_line_id in ({{ known }}) and {{ is_touched('returns') }}
    union all
    {# What became of goods that had come back blocked, as their location moved them: of lines of which nobody says so. #}
    select
        order_line_id, order_id, case when kind = 'unblock' then 'restocked' else 'written_off' end as event_type,
        quantity, location_id, reason, movement_id as stated_by, {{ origin }}
    from {{ ref('stg_stock_movements') }} as movements
    where
        kind in ('unblock', 'write_off') and order_line_id in ({{ known }}) and {{ is_touched('movements') }}
        and order_line_id not in (
            select order_line_id from {{ ref('int_order_events') }} as events
            where event_type in ('restocked', 'written_off') and {{ is_touched('events') }}
        )
    union all
    select
        shipments.order_line_id, order_id, 'shipped' as event_type, quantity, location_id,
        case
            when shipments.sku <> ordered.ordered_sku then shipments.sku || ' in the stead of ' || ordered.ordered_sku
        end as reason,
        movement_id as stated_by, cast(null as bigint) as amount_minor, carrier, tracking_ref, false as is_foreign, {{ stated }}
    from {{ ref('int_order_shipments') }} as shipments
    left join (
        select order_line_id, sku as ordered_sku
        from {{ ref('int_order_lines') }} as known_lines
        where {{ is_touched('known_lines') }}
    ) as ordered on shipments.order_line_id = ordered.order_line_id
    where (movement_kind = 'sale' or ordered.order_line_id is not null) and {{ is_touched('shipments') }}
    union all
    select
        order_line_id, order_id, 'allocated' as event_type, quantity, location_id, reason,
        run_id || ':' || location_id as stated_by, {{ origin }}
    from {{ ref('stg_allocations') }} as allocations
    where decision = 'allocated' and {{ is_touched('allocations') }}
    union all
    select
        order_line_id, order_id, 'backordered' as event_type, quantity, location_id, reason,
        run_id as stated_by, {{ origin }}
    from (
        select
            decided.*,
            lag(quantity, 1, 0) over (
                partition by order_line_id
                order by effective_at, known_at, run_id
            ) as quantity_before
        from {{ ref('stg_allocations') }} as decided
        where decision = 'backordered' and {{ is_touched('decided') }}
    ) as waits
    where quantity <> quantity_before
    union all
    select
        order_line_id, order_id, 'pre_sold' as event_type, qty_pre_sold as quantity,
        cast(null as {{ type_string() }}) as location_id,
        coalesce(pre_sell_reason, 'what waits is not sold ahead any more') as reason,
        run_id as stated_by, {{ origin }}
    from (
        select
            decided.*,
            coalesce(ahead.qty_pre_sold, 0) as qty_pre_sold,
            ahead.pre_sell_reason,
            lag(coalesce(ahead.qty_pre_sold, 0), 1, 0) over (
                partition by decided.order_line_id
                order by decided.effective_at, decided.known_at, decided.run_id
            ) as qty_before,
            lag(ahead.pre_sell_reason) over (
                partition by decided.order_line_id
                order by decided.effective_at, decided.known_at, decided.run_id
            ) as reason_before
        from {{ ref('stg_allocations') }} as decided
        left join ({{ sold_ahead() }}) as ahead
            on decided.order_line_id = ahead.order_line_id and decided.run_id = ahead.run_id
        where
            decided.decision = 'backordered' and {{ is_touched('decided') }}
            and decided.order_line_id in (select order_line_id from ({{ sold_ahead() }}) as lines_ahead)
    ) as promises
    where qty_pre_sold <> qty_before or pre_sell_reason is distinct from reason_before
    union all
    select
        order_line_id, order_id, 'exported' as event_type, quantity, location_id,
        file_name as reason, export_id || ':' || cast(line_number as {{ type_string() }}) as stated_by, {{ origin }}
    from {{ ref('stg_exports') }} as exports
    where {{ is_touched('exports') }}
    union all
    select
        order_line_id, order_id, 'released' as event_type, quantity, location_id,
        wave as reason, export_id || ':' || cast(line_number as {{ type_string() }}) as stated_by, {{ origin }}
    from {{ ref('stg_exports') }} as exports
    where release_due_at is not null and {{ is_touched('exports') }}
    union all
    select
        stated.order_line_id, order_id, event_type, quantity, location_id,
        case
            when stated.currency <> ordered.currency
                then 'in ' || stated.currency || ', not in ' || ordered.currency || coalesce(': ' || reason, '')
            when exchange_order_ref is not null then 'order ' || exchange_order_ref || coalesce(': ' || reason, '')
            when qty_ordered is not null
                then 'ordered quantity ' || cast(qty_ordered as {{ type_string() }}) || coalesce(': ' || reason, '')
            else reason
        end as reason,
        event_id as stated_by, amount_minor, {{ no_parcel }},
        coalesce(stated.currency <> ordered.currency, false) as is_foreign, {{ stated }}
    from {{ ref('int_order_events') }} as stated
    inner join (
        select order_line_id, currency from {{ ref('int_order_lines') }} as known_lines where {{ is_touched('known_lines') }}
    ) as ordered on stated.order_line_id = ordered.order_line_id
    where {{ is_touched('stated') }}
{% endmacro %}
