{#- By how many days a supplier's promise must be moved so that it is kept with the asked confidence: the smallest delay
    that this share of its observed deliveries did not exceed. A supplier with few deliveries is judged by all of them. -#}
{{ config(tags=['ground']) }}

{% set fewest_deliveries, default_confidence = 10, 0.9 %}

with deliveries as (
    select supplier_id, {{ days_between('promised_date', 'received_date') }} as days_late
    from {{ ref('stg_lead_times') }}
),

suppliers as (
    select suppliers.supplier_id, count(deliveries.days_late) as delivery_count
    from {{ ref('stg_suppliers') }} as suppliers
    left join deliveries on suppliers.supplier_id = deliveries.supplier_id
    group by suppliers.supplier_id
),

confidence as (
    select
        suppliers.supplier_id,
        suppliers.delivery_count,
        {{ rule_value('supply_confidence', ['supplier_id'], default_confidence) }} as confidence
    from suppliers
    {{ join_rules('supply_confidence', 'suppliers', ['supplier_id']) }}
),

observed as (
    select
        confidence.supplier_id,
        confidence.confidence,
        deliveries.days_late,
        row_number() over (partition by confidence.supplier_id order by deliveries.days_late) as position,
        count(*) over (partition by confidence.supplier_id) as delivery_count
    from confidence
    inner join deliveries
        on confidence.supplier_id = deliveries.supplier_id or confidence.delivery_count < {{ fewest_deliveries }}
)

select
    confidence.supplier_id,
    confidence.confidence,
    cast(greatest(coalesce(min(observed.days_late), 0), 0) as bigint) as delay_days
from confidence
left join observed
    on confidence.supplier_id = observed.supplier_id
    and observed.position >= observed.delivery_count * observed.confidence
group by confidence.supplier_id, confidence.confidence
