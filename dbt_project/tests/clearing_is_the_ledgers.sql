{{ config(tags=['decisions'], severity='error', meta={'dagster': {'ref': {'name': 'rpt_clearing'}}}) }}

with sides as (
    select account, sku, location_id, quantity from {{ ref('rpt_clearing') }} where account = 'blocked'
    union all
    select 'blocked' as account, sku, location_id, -qty_blocked as quantity from {{ ref('fct_inventory_position') }}
    {#- What is in transit is posted where it left, and told where it should arrive. -#}
    {%- if is_whole_build() %}
    union all
    select account, sku, case when account = 'suspense' then location_id end as location_id, quantity
    from {{ ref('rpt_clearing') }}
    where account in ('in_transit', 'suspense')
    union all
    select account, sku, case when account = 'suspense' then location_id end as location_id, -quantity as quantity
    from {{ ref('fct_inventory_postings') }}
    where account in ('in_transit', 'suspense')
    {%- endif %}
)

select account, sku, location_id, sum(quantity) as qty_difference
from sides
group by account, sku, location_id
having sum(quantity) <> 0
