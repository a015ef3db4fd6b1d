{#- Statistics from sums of whole numbers: a floating sum would depend on the order of the rows, and a rebuild would
    differ in the last digit. -#}
{{ config(tags=['ground']) }}

with deliveries as (
    select
        supplier_id,
        cast({{ days_between('ordered_date', 'received_date') }} as bigint) as lead_time_days,
        case when received_date > promised_date then 1 else 0 end as is_late
    from {{ ref('stg_lead_times') }}
),

sums as (
    select
        supplier_id,
        count(*) as receipt_count,
        cast(sum(lead_time_days) as double) as days,
        cast(sum(lead_time_days * lead_time_days) as double) as squared_days,
        cast(sum(is_late) as double) as late_count
    from deliveries
    group by supplier_id
),

observed as (
    select
        supplier_id,
        receipt_count,
        days / receipt_count as lead_time_days_mean,
        case
            when receipt_count > 1
                then sqrt(greatest(squared_days - days * days / receipt_count, 0) / (receipt_count - 1))
        end as lead_time_days_std,
        late_count / receipt_count as late_share
    from sums
)

select
    suppliers.supplier_id,
    suppliers.name,
    suppliers.lead_time_days as lead_time_days_quoted,
    suppliers.review_period_days,
    coalesce(observed.receipt_count, 0) as receipt_count,
    cast(coalesce(observed.lead_time_days_mean, suppliers.lead_time_days) as double) as lead_time_days_mean,
    cast(coalesce(observed.lead_time_days_std, 0) as double) as lead_time_days_std,
    suppliers.min_order_value_minor,
    suppliers.min_order_currency,
    cast(observed.late_share as double) as late_share
from {{ ref('stg_suppliers') }} as suppliers
left join observed on suppliers.supplier_id = observed.supplier_id
