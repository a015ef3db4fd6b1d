{#- What counts is what was said last by its own time, whenever it came: of a line, its promises; of a shipment, its notice.
    What the last one leaves out of its line or notice counts no more. -#}
{{ config(tags=['ground']) }}

{% set latest = 'effective_at desc, known_at desc' %}

with ranked as (
    select
        said.*,
        row_number() over (
            partition by supplier_id, kind, statement_ref, po_ref, line_ref, part_number order by {{ latest }}, file_sha256 desc
        ) as wording,
        dense_rank() over (
            partition by
                supplier_id, kind,
                case when kind = 'shipped' then statement_ref else po_ref end,
                case when kind = 'promised' then line_ref end
            order by {{ latest }}, statement_ref desc
        ) as version
    from {{ ref('stg_supplier_confirmations') }} as said
),

ordered as (
    select supplier_id, po_ref, line_ref from {{ ref('stg_purchase_orders') }}
    union
    select partner_id as supplier_id, order_ref as po_ref, line_ref
    from {{ ref('stg_supply_orders') }}
    where document_type = 'purchase_order'
)

select
    ranked.supplier_id,
    ranked.kind,
    ranked.statement_ref,
    ranked.po_ref,
    ranked.line_ref,
    ranked.part_number,
    ranked.quantity,
    ranked.expected_date,
    ranked.shipped_date,
    ranked.reason,
    ranked.carrier,
    ranked.tracking_ref,
    ranked.wording = 1 and ranked.version = 1 as is_in_force,
    ordered.po_ref is not null as is_known,
    ranked.effective_at,
    ranked.business_date,
    ranked.known_at,
    ranked.feed,
    ranked.file_sha256,
    ranked.row_number
from ranked
left join ordered
    on ranked.supplier_id = ordered.supplier_id
    and ranked.po_ref = ordered.po_ref
    and ranked.line_ref = ordered.line_ref
