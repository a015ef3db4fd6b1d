{{ config(tags=['decisions']) }}

with ranked as (
    select
        levels.*,
        row_number() over (
            partition by policy_version, sku, location_id
            order by effective_at desc, known_at desc, run_id desc
        ) as recency
    from {{ ref('stg_safety_stock') }} as levels
),

latest_run as (
    {{ latest_run(ref('stg_safety_stock')) }}
)

select
    ranked.run_id,
    policy_version,
    policy_scope,
    sku,
    location_id,
    supplier_id,
    abc_class,
    xyz_class,
    demand_pattern,
    demand_interval_weeks,
    demand_size_cv2,
    service_level_target,
    target_measure,
    service_level_expected,
    fill_rate_expected,
    review_period_days,
    review_period_days_observed,
    lead_time_days_mean,
    lead_time_days_std,
    lead_time_scope,
    lead_time_days_observed,
    protection_days,
    qty_demand_mean,
    qty_demand_mean_observed,
    qty_lead_time_demand_mean,
    replenished_from,
    demand_correlation,
    service_time_days,
    qty_demand_std,
    shelf_life_days,
    qty_minimum,
    minimum_scope,
    order_cost_minor,
    holding_share,
    transfer_cost_minor,
    transfer_cost_share,
    transfer_days,
    network_planning,
    release_transfers,
    release_order_minor,
    release_weeks,
    terms_set,
    qty_order_up_to,
    qty_safety_stock,
    qty_reorder_point,
    unit_cost_minor,
    unit_margin_minor,
    investment_minor,
    currency,
    method,
    ranked.run_id = latest_run.run_id as is_current,
    effective_at as calculated_at
from ranked
cross join latest_run
where recency = 1
