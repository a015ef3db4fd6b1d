{#- What a movement would have moved beyond what it did, had it been stated first as it was stated later; one row a SKU and
    statement. It counts as it was stated first, and a count may find that the later word was right. -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='delete+insert', unique_key='load_number') }}

{% set lies_there -%}
    case when kind in ('block', 'unblock') then 0 when kind in ('shipment', 'transfer_out', 'write_off') then -quantity else quantity end
{%- endset %}
{% set key = ['location_id', 'movement_ref', 'line_ref', 'numbered_by'] %}

with later as (
    select *, {{ numbered_by() }} as numbered_by, {{ lies_there }} as qty_moved
    from {{ new_rows(source('raw', 'stock_movements')) }} as stated
    where {{ is_said_again(new_rows(ref('stg_stock_movements'))) }}
),

first_stated as (
    select *, {{ numbered_by() }} as numbered_by, {{ lies_there }} as qty_moved
    from {{ ref('stg_stock_movements') }}
),

said as (
    select
        first_stated.movement_id, first_stated.effective_at, first_stated.sku, first_stated.qty_moved,
        later.sku as later_sku, later.qty_moved as later_qty_moved, later.location_id, later.known_at, later.file_sha256,
        later.row_number, later.load_number
    from later
    inner join first_stated
        on {% for column in key %}later.{{ column }} = first_stated.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
    where later.sku <> first_stated.sku or later.qty_moved <> first_stated.qty_moved
)

select
    movement_id, effective_at, sku, location_id, {{ sum_bigint('quantity') }} as qty_beyond,
    known_at, file_sha256, row_number, load_number
from (
    select movement_id, effective_at, sku, location_id, -qty_moved as quantity, known_at, file_sha256, row_number, load_number
    from said
    union all
    select
        movement_id, effective_at, later_sku as sku, location_id, later_qty_moved as quantity, known_at, file_sha256, row_number,
        load_number
    from said
) as parts
group by movement_id, effective_at, sku, location_id, known_at, file_sha256, row_number, load_number
