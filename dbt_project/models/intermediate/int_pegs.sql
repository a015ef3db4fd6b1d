{#- Which supply each waiting unit is pegged to now: the pegs of the run that decided last. -#}
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
    pegs.qty_pre_sold
from {{ ref('stg_pegs') }} as pegs
inner join latest_run on pegs.run_id = latest_run.run_id
inner join {{ ref('int_order_line_quantities') }} as quantities on pegs.order_line_id = quantities.order_line_id
where quantities.qty_backordered > 0
