{#- What happened to order lines, whoever stated it: of the lines that the build touches. What is stated of a line that
    nobody knows yet is in rpt_waiting_events and not here. What the channel calls cancelled is one event, whether it says
    so on the line or in a credit. A line that waits is decided anew in each run: only a wait that begins or changes is an
    event. -#}
{% macro line_events() %}
    {%- set origin = 'cast(null as bigint) as amount_minor, effective_at, known_at, business_date, feed, file_sha256, row_number' -%}
    {%- set known -%}
        select order_line_id from {{ ref('int_order_lines') }} as known_lines where {{ is_touched('known_lines') }}
    {%- endset %}
    select
        order_line_id, order_id, 'placed' as event_type, quantity, location_id,
        cast(null as {{ type_string() }}) as reason, feed as stated_by, {{ origin }}
    from {{ ref('stg_order_lines') }} as lines
    where {{ is_touched('lines') }}
    union all
    select
        order_line_id, order_id, line_status as event_type, quantity, cast(null as {{ type_string() }}) as location_id,
        status_reason as reason, feed as stated_by, {{ origin }}
    from {{ ref('stg_order_line_statuses') }} as statuses
    where {{ is_touched('statuses') }}
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
    select
        shipments.order_line_id, order_id, 'shipped' as event_type, quantity, location_id,
        case
            when shipments.sku <> ordered.ordered_sku then shipments.sku || ' in the stead of ' || ordered.ordered_sku
        end as reason,
        movement_id as stated_by, {{ origin }}
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
        order_line_id, order_id, event_type, quantity, location_id, reason, event_id as stated_by,
        amount_minor, effective_at, known_at, business_date, feed, file_sha256, row_number
    from {{ ref('int_order_events') }} as stated
    where order_line_id in ({{ known }}) and {{ is_touched('stated') }}
{% endmacro %}
