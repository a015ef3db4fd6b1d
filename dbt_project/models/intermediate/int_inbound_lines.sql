{#- What is still to come of each open purchase order line. A receipt that names no order of its SKU that there is fills what
    is waited for at its place by then, the order placed first first; where nothing is, it fills nothing. A line that is
    waited for no longer clears when its order's receipt comes, or when it is closed. -#}
{{ config(tags=['ground']) }}

{% set until = 'rows between unbounded preceding and current row' %}

with unnamed as (
    select arrivals.sku, arrivals.location_id, arrivals.business_date, sum(arrivals.quantity) as quantity
    from {{ ref('int_arrivals') }} as arrivals
    left join (select distinct po_ref, sku from {{ ref('int_purchase_lines') }}) as ordered
        on arrivals.po_ref = ordered.po_ref
        and arrivals.sku = ordered.sku
    where ordered.po_ref is null
    group by arrivals.sku, arrivals.location_id, arrivals.business_date
),

{#- A line that is closed took what came without a name while it was open, and no more. -#}
waiting as (
    select
        lines.po_ref, lines.line_ref, lines.sku, lines.location_id, lines.placed_date, lines.expected_date,
        case
            when lines.status = 'open' then lines.qty_missing
            else least(lines.qty_missing, coalesce(sum(unnamed.quantity), 0))
        end as quantity
    from {{ ref('int_purchase_lines') }} as lines
    left join unnamed
        on lines.sku = unnamed.sku
        and lines.location_id = unnamed.location_id
        and unnamed.business_date between lines.placed_date and lines.closed_date
    where lines.qty_missing > 0 and (lines.status = 'received' or (lines.status = 'open' and lines.is_awaited))
    group by
        lines.po_ref, lines.line_ref, lines.sku, lines.location_id, lines.placed_date, lines.expected_date, lines.status,
        lines.qty_missing
),

{#- How much waits from step to step, were it let below zero by what came while nothing did. -#}
levels as (
    select
        sku, location_id, quantity,
        sum(quantity) over (partition by sku, location_id order by business_date, is_receipt {{ until }}) as level
    from (
        select sku, location_id, placed_date as business_date, 0 as is_receipt, quantity from waiting
        union all
        select sku, location_id, business_date, 1 as is_receipt, -quantity as quantity from unnamed
    ) as steps
),

filled as (
    select sku, location_id, sum(greatest(quantity, 0)) - sum(quantity) + least(min(level), 0) as qty_filled
    from levels
    group by sku, location_id
),

running as (
    select
        *,
        sum(quantity) over (
            partition by sku, location_id order by placed_date, expected_date, po_ref, line_ref {{ until }}
        ) as qty_until
    from waiting
),

remaining as (
    select
        lines.*,
        least(lines.qty_missing, greatest(coalesce(running.qty_until - filled.qty_filled, lines.qty_missing), 0)) as qty_remaining
    from {{ ref('int_purchase_lines') }} as lines
    left join running on lines.po_ref = running.po_ref and lines.line_ref = running.line_ref
    left join filled on running.sku = filled.sku and running.location_id = filled.location_id
    where lines.status = 'open'
)

select
    po_ref,
    line_ref,
    supplier_id,
    sku,
    location_id,
    expected_date,
    quantity,
    cast(qty_remaining as bigint) as qty_remaining,
    is_awaited
from remaining
where qty_remaining > 0
