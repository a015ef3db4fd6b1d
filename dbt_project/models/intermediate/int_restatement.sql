{#- From which business day on the incremental models must restate. Two days before the first touched one, since
    zones differ by up to 26 hours and intervals between counts follow instants, not days; from the first day on
    which any restated order line ever stood; and from a location's return that the channel has now stated too. -#}
{{ config(tags=['ground']) }}

{% set touched %}
    least((select coalesce(max(restate_from), cast('0001-01-03' as date)) from {{ source('raw', 'run') }}), {{ as_of_date() }})
{% endset %}

with floors as (
    select {{ days_after(touched, -2) }} as restate_from
    union all
    select min(first_business_date) as restate_from
    from {{ ref('stg_order_lines') }}
    where business_date >= {{ touched }} and first_business_date < business_date
    union all
    select min(movements.business_date) as restate_from
    from {{ ref('stg_stock_movements') }} as movements
    inner join {{ ref('int_order_adjustments') }} as adjustments
        on movements.order_line_id = adjustments.order_line_id
    where
        movements.kind = 'return'
        and adjustments.resolved_kind = 'returned'
        and adjustments.business_date >= {{ touched }}
)

select min(restate_from) as restate_from
from floors
