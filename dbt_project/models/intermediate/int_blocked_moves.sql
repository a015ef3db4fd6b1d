{#- What movements bring into, or take out of, what lies blocked: as they say themselves, and what came back and nobody has
    looked at, where a rule says that somebody must (`inspect_returns`, as it was known when the return was). -#}
{{ config(tags=['ground'], materialized='incremental', incremental_strategy='once', unique_key='movement_id', meta={'dated': true}) }}

{% set uninspected %}
(select * from {{ new_rows(ref('int_inventory_movements')) }} as moved where is_uninspected)
{%- endset %}

with to_inspect as (
    select movement_id from ({{ rules_then('inspect_returns', uninspected, 'movement_id') }}) as ruled where value > 0
)

select
    moved.movement_id,
    movement_kind,
    sku,
    location_id,
    case when counter_account = 'blocked' then -quantity else quantity end as quantity,
    order_line_id,
    reason,
    business_date,
    effective_at <= known_at as has_happened,
    load_number
from {{ new_rows(ref('int_inventory_movements')) }} as moved
where
    account = 'blocked'
    or counter_account = 'blocked'
    or (is_uninspected and movement_id in (select movement_id from to_inspect))
