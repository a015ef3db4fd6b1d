{#- Every ordered unit of a line in exactly one state. The rules are macros (`rules.sql`), shared with Python by a golden
    fixture. A view, not ephemeral, for its unit test; only fct_order_lines asks it, of the lines that it states anew. -#}
{{ config(tags=['decisions'], materialized='view') }}

with inputs as (
    select
        lines.order_line_id,
        lines.business_date,
        lines.qty_ordered,
        lines.is_held or coalesce(decisions.is_held_latest, false) as is_held,
        lines.qty_cancel_stated,
        lines.qty_shipped,
        coalesce(decisions.qty_allocated_ever, 0) as qty_allocated_ever,
        coalesce(decisions.qty_backordered_latest, 0) as qty_backordered_latest,
        coalesce(decisions.qty_pre_sold_latest, 0) as qty_pre_sold_latest
    from {{ ref('int_order_lines') }} as lines
    left join {{ ref('int_order_line_decisions') }} as decisions on lines.order_line_id = decisions.order_line_id
),

fulfilled as (
    select inputs.*, {{ qty_fulfilled() }} as qty_fulfilled from inputs
),

cancelled as (
    select fulfilled.*, {{ qty_cancelled() }} as qty_cancelled from fulfilled
),

rest as (
    select cancelled.*, {{ qty_rest() }} as qty_rest from cancelled
),

promised as (
    select rest.*, {{ qty_held() }} as qty_held, {{ qty_allocated() }} as qty_allocated from rest
),

waiting as (
    select promised.*, {{ qty_backordered() }} as qty_backordered from promised
),

undecided as (
    select waiting.*, {{ qty_open() }} as qty_open from waiting
)

select
    order_line_id,
    business_date,
    qty_ordered,
    cast(qty_cancelled as bigint) as qty_cancelled,
    cast(qty_held as bigint) as qty_held,
    cast(qty_fulfilled as bigint) as qty_fulfilled,
    cast(qty_allocated as bigint) as qty_allocated,
    cast(qty_backordered as bigint) as qty_backordered,
    cast(qty_open as bigint) as qty_open,
    cast({{ qty_pre_sold() }} as bigint) as qty_pre_sold,
    {{ line_state() }} as line_state
from undecided
