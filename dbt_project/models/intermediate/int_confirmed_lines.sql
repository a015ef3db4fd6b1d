{#- What suppliers say of a purchase order line in all. Who has promised nothing, and shipped something, has promised it as
    it was ordered. -#}
{{ config(tags=['ground']) }}

select
    supplier_id,
    po_ref,
    line_ref,
    {{ sum_bigint("case when kind = 'promised' then quantity end") }} as qty_promised,
    max(case when kind = 'promised' and quantity > 0 then expected_date end) as promised_date,
    {{ sum_bigint("case when kind = 'shipped' then quantity else 0 end") }} as qty_shipped,
    max(case when kind = 'shipped' and quantity > 0 then shipped_date end) as shipped_date,
    max(case when kind = 'shipped' and quantity > 0 then expected_date end) as arrival_date,
    max(effective_at) as confirmed_at
from {{ ref('fct_supplier_confirmations') }}
where is_in_force and is_known
group by supplier_id, po_ref, line_ref
having max(case when kind = 'promised' or quantity > 0 then 1 else 0 end) = 1
