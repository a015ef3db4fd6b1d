{{ config(tags=['ground']) }}

with deliveries as (
    select
        supplier_id,
        {{ days_between('ordered_date', 'received_date') }} as lead_time_days,
        case when received_date > promised_date then 1.0 else 0.0 end as is_late
    from {{ ref('stg_lead_times') }}
),

observed as (
    select
        supplier_id,
        count(*) as receipt_count,
        avg(lead_time_days) as lead_time_days_mean,
        stddev_samp(lead_time_days) as lead_time_days_std,
        avg(is_late) as late_share
    from deliveries
    group by supplier_id
)

select
    suppliers.supplier_id,
    suppliers.name,
    suppliers.lead_time_days as lead_time_days_quoted,
    suppliers.review_period_days,
    coalesce(observed.receipt_count, 0) as receipt_count,
    cast(coalesce(observed.lead_time_days_mean, suppliers.lead_time_days) as double) as lead_time_days_mean,
    cast(coalesce(observed.lead_time_days_std, 0) as double) as lead_time_days_std,
    cast(observed.late_share as double) as late_share
from {{ ref('stg_suppliers') }} as suppliers
left join observed on suppliers.supplier_id = observed.supplier_id
