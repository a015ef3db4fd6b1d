{#- Order lines that runs have decided, or new facts have touched, since the last build of the decisions. Most of those
    decided anew go on waiting as they did: nothing of them has changed. An order is stated anew with all of its lines. Of
    what documents tell, an answer or that they were taken back changes nothing but what is said of them. -#}
{{ config(tags=['decisions']) }}

{% set before = last_built('int_order_line_decisions') %}

with decided as (
    select order_line_id, order_id, run_id, decision, quantity, reason
    from {{ ref('stg_allocations') }}
    where load_number > {{ decisions_load() }}
),

ahead as (
    {{ sold_ahead('load_number > ' ~ decisions_load()) }}
),

{#- Of these the order is not told. #}
changed_lines as (
    select order_line_id from {{ ref('int_line_promises') }} where load_number > {{ decisions_load() }}
    {% if before -%}
    union
    {# Waiting by the run before, and left out by this one. #}
    select order_line_id
    from {{ before }}
    where
        (qty_backordered_latest > 0 or is_held_latest)
        and order_line_id not in (select order_line_id from decided)
        and (select count(*) from decided) > 0
    {%- endif %}
),

changed_orders as (
    select order_id from {{ ref('int_touched_lines') }}
    union
    select order_id from {{ ref('stg_exports') }} where load_number > {{ decisions_load() }}
    union
    select decided.order_id
    from decided
    {% if before -%}
    left join {{ before }} as before on decided.order_line_id = before.order_line_id
    left join ahead on decided.order_line_id = ahead.order_line_id and decided.run_id = ahead.run_id
    where
        before.order_line_id is null
        or decided.decision in ('allocated', 'expired')
        or (
            decided.decision = 'backordered'
            and (
                decided.quantity <> before.qty_backordered_latest
                or coalesce(ahead.qty_pre_sold, 0) <> before.qty_pre_sold_latest
                or ahead.pre_sell_reason is distinct from before.pre_sell_reason
            )
        )
        or (
            decided.decision = 'held'
            and (not before.is_held_latest or decided.reason is distinct from before.hold_reason)
        )
    {%- endif %}
    union
    select order_id
    from {{ ref('int_order_lines') }}
    where order_line_id in (select order_line_id from changed_lines)
    union
    select {{ concat_id(['channel_id', 'order_ref']) }} as order_id
    from {{ source('raw', 'order_charges') }}
    where load_number > {{ decisions_load() }}
),

{#- An answer names its document, or the number of the interchange that carried it, and maybe an order in it. -#}
answers as (
    select partner_id, {{ first_part('document_ref', '/') }} as document_ref
    from {{ ref('stg_acknowledgements') }}
    where load_number > {{ decisions_load() }}
),

answered as (
    select exports.order_line_id, exports.order_id
    from {{ ref('stg_exports') }} as exports
    inner join answers on exports.partner_id = answers.partner_id and exports.export_id = answers.document_ref
    union
    select exports.order_line_id, exports.order_id
    from {{ ref('stg_exports') }} as exports
    inner join answers
        on exports.partner_id = answers.partner_id
        and cast(exports.control_number as {{ type_string() }}) = answers.document_ref
    union
    select exports.order_line_id, exports.order_id
    from {{ ref('stg_exports') }} as exports
    where export_id in (select export_id from {{ source('raw', 'export_voids') }} where load_number > {{ decisions_load() }})
),

{#- Found before anything is joined to them: a join to all lines would look through all that they are. -#}
lines as {{ materialized() }} (
    select order_line_id, order_id, first_date
    from {{ ref('int_order_lines') }}
    where order_id in (
        select order_id from changed_orders
        union all
        select order_id from answered
        union all
        select order_id from decided
    )
)

select
    lines.order_line_id,
    lines.order_id,
    lines.first_date,
    changed_orders.order_id is not null as is_changed,
    answered.order_line_id is not null as is_answered
from lines
left join changed_orders on lines.order_id = changed_orders.order_id
left join answered on lines.order_line_id = answered.order_line_id
where
    changed_orders.order_id is not null
    or answered.order_line_id is not null
    or lines.order_line_id in (select order_line_id from decided)
