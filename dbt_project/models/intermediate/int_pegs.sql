{#- Which supply each waiting unit is pegged to now: the pegs of the run that decided last. A held line keeps what it was
    sold ahead. -#}
{{ config(tags=['decisions']) }}

with latest_run as (
    {{ latest_run(ref('stg_allocations')) }}
)

select
    pegs.order_line_id,
    pegs.supply_type,
    pegs.supply_ref,
    pegs.sku,
    pegs.location_id,
    pegs.available_date,
    pegs.is_locked,
    pegs.quantity as qty_pegged,
    coalesce(pegs.qty_pre_sold, 0) as qty_pre_sold
from {{ ref('stg_pegs') }} as pegs
inner join latest_run on pegs.run_id = latest_run.run_id
inner join {{ ref('fct_order_lines') }} as lines on pegs.order_line_id = lines.order_line_id
where
    (lines.qty_backordered > 0 or lines.qty_held > 0)
    and lines.business_date >= {{ unfinished_since() }}
