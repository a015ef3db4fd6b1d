{#- The day that we first promised a waiting line for: the first run in which each of its units was pegged to supply. -#}
{{ config(tags=['decisions'], materialized='incremental', incremental_strategy='once', unique_key='order_line_id') }}

select order_line_id, promised_date, effective_at as promised_at, business_date, load_number
from (
    select
        pegs.*,
        row_number() over (
            partition by order_line_id
            order by effective_at, known_at, run_id, supply_type, supply_ref, location_id
        ) as rank_of_line
    from {{ new_rows(ref('stg_pegs')) }} as pegs
    where promised_date is not null
) as ranked
where rank_of_line = 1
