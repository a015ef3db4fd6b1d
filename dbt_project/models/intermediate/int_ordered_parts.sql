{#- Purchase order lines, the counterparts' and our own of orders that they have not spoken of; a line that its supplier has
    confirmed in the parts in which it comes: what is shipped, what is promised beyond that, and what comes no more. The
    first part has the line's name, so that what waits for it goes on doing so. -#}
{{ config(tags=['ground']) }}

{% set until = 'rows between unbounded preceding and current row' %}

with stated as (
    select
        latest.po_ref, latest.line_ref, supplier_id, sku, location_id, status, expected_date, quantity,
        greatest(expected_date, cast(known_at as date)) as waited_from, placed_date, closed_date
    from {{ ref('stg_purchase_orders') }} as latest
    inner join (
        select
            po_ref, line_ref, min(business_date) as placed_date,
            min(case when status = 'received' then business_date end) as closed_date
        from {{ source('raw', 'purchase_orders') }}
        group by po_ref, line_ref
    ) as statements on latest.po_ref = statements.po_ref and latest.line_ref = statements.line_ref
    union all
    select
        order_ref as po_ref, line_ref, supplier_id, sku, location_id,
        case when supply_state in ('awaited', 'confirmed', 'refused') then 'open' else 'cancelled' end as status,
        expected_date, quantity,
        cast(null as date) as waited_from, cast(ordered_at as date) as placed_date, cast(null as date) as closed_date
    from {{ ref('int_supply_orders') }}
    where document_type = 'purchase_order' and supply_state <> 'stated'
),

{#- Whoever keeps the order may say something new after its supplier did; to say the same again is nothing new. -#}
said_since as (
    select latest.po_ref, latest.line_ref, min(same.effective_at) as said_at
    from {{ ref('stg_purchase_orders') }} as latest
    inner join {{ ref('int_confirmed_lines') }} as confirmed
        on latest.po_ref = confirmed.po_ref
        and latest.line_ref = confirmed.line_ref
    inner join {{ source('raw', 'purchase_orders') }} as same
        on latest.po_ref = same.po_ref
        and latest.line_ref = same.line_ref
        and latest.quantity = same.quantity
        and latest.expected_date = same.expected_date
        and latest.status = same.status
    group by latest.po_ref, latest.line_ref
),

told as (
    select
        stated.po_ref, stated.line_ref, said.kind, said.quantity, said.statement_ref, said.part_number,
        coalesce(said.expected_date, stated.expected_date) as part_date, cast(said.known_at as date) as known_date
    from {{ ref('fct_supplier_confirmations') }} as said
    inner join stated
        on said.supplier_id = stated.supplier_id
        and said.po_ref = stated.po_ref
        and said.line_ref = stated.line_ref
        and stated.status = 'open'
    left join said_since on said.po_ref = said_since.po_ref and said.line_ref = said_since.line_ref
    where said.is_in_force and (said.effective_at >= said_since.said_at or said_since.said_at is null)
),

confirmed as (
    select stated.*, totals.qty_promised, totals.qty_shipped
    from (
        select
            po_ref, line_ref,
            sum(case when kind = 'promised' then quantity end) as qty_promised,
            sum(case when kind = 'shipped' then quantity else 0 end) as qty_shipped
        from told
        group by po_ref, line_ref
        having max(case when kind = 'promised' or quantity > 0 then 1 else 0 end) = 1
    ) as totals
    inner join stated on totals.po_ref = stated.po_ref and totals.line_ref = stated.line_ref
),

promised as (
    select
        po_ref, line_ref, part_date, known_date, quantity, part_number,
        sum(quantity) over (partition by po_ref, line_ref order by part_date, part_number {{ until }}) as qty_until
    from told
    where kind = 'promised'
    union all
    select
        po_ref, line_ref, expected_date as part_date, expected_date as known_date, quantity, 1 as part_number,
        quantity as qty_until
    from confirmed
    where qty_promised is null
),

{#- A shipment has what was promised for the first days. -#}
parts as (
    select
        po_ref, line_ref, 1 as is_shipped, 'open' as status, part_date, known_date, quantity, statement_ref as ref, part_number
    from told
    where kind = 'shipped'
    union all
    select
        promised.po_ref, promised.line_ref, 0 as is_shipped, 'open' as status, part_date, known_date,
        least(promised.quantity, greatest(qty_until - confirmed.qty_shipped, 0)) as quantity, '' as ref, part_number
    from promised
    inner join confirmed on promised.po_ref = confirmed.po_ref and promised.line_ref = confirmed.line_ref
    union all
    select
        po_ref, line_ref, 0 as is_shipped, 'cancelled' as status, expected_date as part_date, expected_date as known_date,
        quantity - greatest(coalesce(qty_promised, quantity), qty_shipped) as quantity, '' as ref, 1 as part_number
    from confirmed
),

numbered as (
    select
        parts.*,
        row_number() over (
            partition by po_ref, line_ref
            order by status desc, is_shipped desc, part_date, ref, part_number
        ) as place
    from parts
    where quantity > 0
)

select
    confirmed.po_ref,
    case when place = 1 then confirmed.line_ref else confirmed.line_ref || '/' || cast(place as {{ type_string() }}) end as line_ref,
    confirmed.line_ref as order_line_ref,
    supplier_id,
    sku,
    location_id,
    numbered.status,
    is_shipped,
    part_date as expected_date,
    cast(numbered.quantity as bigint) as quantity,
    greatest(part_date, known_date) as waited_from,
    placed_date,
    closed_date
from confirmed
inner join numbered on confirmed.po_ref = numbered.po_ref and confirmed.line_ref = numbered.line_ref

union all

select
    stated.po_ref, stated.line_ref, stated.line_ref as order_line_ref, stated.supplier_id, sku, location_id, stated.status,
    0 as is_shipped, stated.expected_date, stated.quantity, waited_from, placed_date, closed_date
from stated
left join (select distinct po_ref, line_ref from confirmed) as apart
    on stated.po_ref = apart.po_ref
    and stated.line_ref = apart.line_ref
where apart.po_ref is null
