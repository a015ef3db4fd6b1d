{{ config(
    tags=['decisions'], materialized='incremental', incremental_strategy='touched', unique_key='order_line_id',
    on_schema_change='fail', meta={'states': 'is_changed or is_answered'}
) }}
{{ builds_after('int_lines_to_state') }}

{#- What was heard to have left a location of a line since it was first told to ship it fills the line's documents in
    their order. Not what left since: a shipment may say its day only, and clocks differ. -#}
with exported as (
    select
        exports.*,
        voids.export_id is not null as is_void,
        min(exports.effective_at) over (partition by exports.order_line_id, exports.location_id) as first_exported_at,
        sum(case when voids.export_id is null then exports.quantity else 0 end) over (
            partition by exports.order_line_id, exports.location_id
            order by exports.effective_at, exports.export_id, exports.line_number
            rows between unbounded preceding and current row
        ) as qty_running
    from {{ ref('stg_exports') }} as exports
    left join {{ ref('stg_export_voids') }} as voids on exports.export_id = voids.export_id
    where {{ is_touched('exports') }}
),

shipped as (
    select exported.export_id, exported.line_number, sum(shipments.quantity) as qty_shipped
    from exported
    inner join {{ ref('int_order_shipments') }} as shipments
        on exported.order_line_id = shipments.order_line_id
        and exported.location_id = shipments.location_id
        and exported.first_exported_at < shipments.known_at
    where {{ is_touched('shipments') }}
    group by exported.export_id, exported.line_number
),

{#- Of a document that a line is told by, all orders: each has its place. -#}
orders as (
    select distinct
        export_id,
        order_id,
        partner_id,
        cast(control_number as {{ type_string() }}) as control_number,
        effective_at,
        cast(
            dense_rank() over (partition by export_id order by channel_id, order_ref) as {{ type_string() }}
        ) as order_place
    from {{ ref('stg_exports') }} as exports
    where export_id in (select export_id from exported) {% if is_incremental() %}and exports.business_date >= {{ first_touched_day() }}{% endif %}
),

{#- A partner names the document, or the number of the interchange that carried it, or one of its orders by place. -#}
named as (
    select export_id, order_id, partner_id, effective_at, export_id as document_ref, 2 as breadth from orders
    union all
    select export_id, order_id, partner_id, effective_at, control_number as document_ref, 2 as breadth from orders
    union all
    select export_id, order_id, partner_id, effective_at, export_id || '/' || order_place as document_ref, 1 as breadth
    from orders
    union all
    select
        export_id, order_id, partner_id, effective_at, control_number || '/' || order_place as document_ref, 1 as breadth
    from orders
),

{#- Its first answer counts; of one that says both, what it says of the order; and an order that it refuses once it has
    taken the whole is refused. What was known before the document was made
    answered another one, or none: its control number was nobody's yet. -#}
answers as (
    select
        named.export_id,
        named.order_id,
        answers.status,
        answers.reason,
        answers.effective_at,
        row_number() over (
            partition by named.export_id, named.order_id
            order by
                case when named.breadth = 1 and answers.status = 'rejected' then 0 else 1 end,
                answers.known_at, answers.effective_at, named.breadth, answers.acknowledgement_ref
        ) as place
    from named
    inner join {{ ref('stg_acknowledgements') }} as answers
        on named.partner_id = answers.partner_id
        and named.document_ref = answers.document_ref
        and named.effective_at < answers.known_at
    {% if is_incremental() %}where answers.known_at >= {{ first_touched_day() }}{% endif %}
)

select
    exported.export_id,
    exported.line_number,
    exported.run_id,
    exported.partner_id,
    exported.location_id,
    exported.wave,
    exported.document_type,
    exported.revision,
    exported.order_line_id,
    exported.order_id,
    exported.sku,
    exported.quantity as qty_exported,
    cast(
        case
            when exported.is_void then 0
            else greatest(
                least(
                    coalesce(shipped.qty_shipped, 0) - (exported.qty_running - exported.quantity),
                    exported.quantity
                ),
                0
            )
        end as bigint
    ) as qty_shipped,
    exported.file_name,
    exported.document_sha256,
    exported.control_number,
    exported.is_void,
    answers.status as answer,
    answers.reason as answer_reason,
    answers.effective_at as answered_at,
    exported.effective_at as exported_at,
    exported.business_date,
    lines.feed,
    lines.file_sha256,
    lines.row_number
from exported
inner join {{ ref('int_order_lines') }} as lines on exported.order_line_id = lines.order_line_id
left join shipped
    on exported.export_id = shipped.export_id
    and exported.line_number = shipped.line_number
left join answers
    on exported.export_id = answers.export_id
    and exported.order_id = answers.order_id
    and answers.place = 1
where {{ is_touched('lines') }}
