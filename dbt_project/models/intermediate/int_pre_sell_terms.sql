{#- Of which purchase orders' lines which channels may sell something ahead, how much, and to orders of which day on. Read by
    Python. No rule, no pre-sale. -#}
{{ config(tags=['ground'], materialized='view') }}

{% set by = ['sku', 'supplier_id', 'channel_id'] %}

with terms as (
    select
        supply.supply_type,
        supply.supply_ref,
        supply.sku,
        supply.location_id,
        supply.channel_id,
        {{ rule_value('pre_sell_share', by, 0) }} as share,
        cast({{ rule_value('pre_sell_units', by, 0) }} as bigint) as units,
        {{ rule_value('pre_sell_share', by, 'null', 'business_date') }} as share_from,
        {{ rule_value('pre_sell_units', by, 'null', 'business_date') }} as units_from
    from (
        select coming.*, channels.channel_id
        from {{ ref('int_coming_supply') }} as coming
        cross join {{ ref('dim_channel') }} as channels
        where
            coming.supply_type = 'purchase_order'
            and exists (
                select 1 from {{ ref('stg_availability_rules') }}
                where rule in ('pre_sell_share', 'pre_sell_units') and value > 0
            )
    ) as supply
    {{ join_rules('pre_sell_share', 'supply', by) }}
    {{ join_rules('pre_sell_units', 'supply', by) }}
)

select
    supply_type,
    supply_ref,
    sku,
    location_id,
    channel_id,
    share,
    units,
    least(
        case when share > 0 then share_from else units_from end, case when units > 0 then units_from else share_from end
    ) as open_from
from terms
where share > 0 or units > 0
