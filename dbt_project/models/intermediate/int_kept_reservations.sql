{#- Reserved before this run's decisions, by order line and location, less what this run ends. -#}
{{ config(tags=['ground']) }}

{% set decided %}
    (
        select order_line_id, sku, location_id, decision, quantity, effective_at, business_date
        from {{ ref('stg_earlier_allocations') }}
        union all
        select
            order_line_id,
            sku,
            location_id,
            'expired' as decision,
            qty_expiring as quantity,
            (select max(effective_at) from {{ ref('stg_earlier_allocations') }}) as effective_at,
            {{ as_of_date() }} as business_date
        from {{ ref('int_expiring_reservations') }}
    )
{% endset %}

{{ reservations(decided) }}
