{#- Cancellations and returns of known lines, with what they amount to: of a cancellation, what had left already is a
    return. Two rows of one that is both. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='touched', unique_key='order_line_id') }}
{{ builds_after('int_touched_lines') }}

with matched as (
    select
        adjustments.*,
        lines.order_line_id,
        lines.order_id,
        {{ as_edited('qty_ordered', 'quantity') }} as line_quantity,
        lines.first_business_date
    from {{ ref('stg_order_adjustments') }} as adjustments
    inner join {{ ref('int_adjustment_matches') }} as matches
        on adjustments.adjustment_id = matches.adjustment_id
    inner join {{ ref('stg_order_lines') }} as lines on matches.order_line_id = lines.order_line_id
    left join ({{ line_edits() }}) as edits on lines.order_line_id = edits.order_line_id
    where {{ is_touched('lines') }}
),

shipped_before as (
    select matched.adjustment_id, sum(shipments.quantity) as qty_shipped_before
    from matched
    inner join {{ ref('int_order_shipments') }} as shipments
        on matched.order_line_id = shipments.order_line_id
        and shipments.effective_at <= matched.effective_at
    where {{ is_touched('shipments') }}
    group by matched.adjustment_id
),

running as (
    select
        matched.*,
        coalesce(shipped_before.qty_shipped_before, 0) as qty_shipped_before,
        sum(case when matched.kind = 'cancelled' then matched.quantity else 0 end) over (
            partition by matched.order_line_id
            order by matched.effective_at, matched.adjustment_id
            rows between unbounded preceding and current row
        ) as qty_cancelled_running
    from matched
    left join shipped_before on matched.adjustment_id = shipped_before.adjustment_id
),

resolved as (
    select
        running.*,
        case
            when kind = 'returned' then 0
            when qty_shipped_before = 0 then quantity
            else greatest(least(quantity, line_quantity - qty_shipped_before - (qty_cancelled_running - quantity)), 0)
        end as qty_cancelled
    from running
),

parts as (
    select resolved.*, 'cancelled' as resolved_kind, qty_cancelled as qty_resolved from resolved
    union all
    select resolved.*, 'returned' as resolved_kind, quantity - qty_cancelled as qty_resolved from resolved
)

select
    adjustment_id,
    order_line_id,
    order_id,
    kind as stated_kind,
    resolved_kind,
    channel_id,
    sku,
    cast(qty_resolved as bigint) as quantity,
    location_id,
    reason,
    effective_at,
    business_date,
    feed,
    file_sha256,
    row_number,
    known_at
from parts
where qty_resolved > 0
