{#- Levels as each policy version set them last. A run sets them of all that it plans: what the last one left out is not
    current any more, whichever version that was of. -#}
{{ config(
    tags=['decisions'], materialized='incremental', incremental_strategy='delete+insert',
    unique_key=['policy_version', 'sku', 'location_id'], on_schema_change='fail'
) }}

{% set columns = [
    'run_id', 'policy_version', 'policy_scope', 'sku', 'location_id', 'supplier_id', 'abc_class', 'xyz_class',
    'demand_pattern', 'demand_interval_weeks', 'demand_size_cv2', 'service_level_target', 'target_measure',
    'service_level_expected', 'fill_rate_expected', 'review_period_days', 'review_period_days_observed',
    'lead_time_days_mean', 'lead_time_days_std', 'lead_time_scope', 'lead_time_days_observed', 'protection_days',
    'qty_demand_mean', 'qty_demand_mean_observed', 'qty_lead_time_demand_mean', 'replenished_from',
    'demand_correlation', 'service_time_days', 'qty_demand_std', 'shelf_life_days', 'qty_minimum', 'minimum_scope',
    'order_cost_minor', 'holding_share', 'transfer_cost_minor', 'transfer_cost_share', 'transfer_days',
    'network_planning', 'release_transfers', 'release_order_minor', 'release_weeks', 'terms_set', 'qty_order_up_to',
    'qty_safety_stock', 'qty_reorder_point', 'unit_cost_minor', 'unit_margin_minor', 'investment_minor', 'currency',
    'method'
] | join(', ') %}

with levels as (
    select {{ columns }}, effective_at, known_at
    from {{ new_rows(source('raw', 'safety_stock')) }} as landed
    {%- if is_incremental() %}
    union all
    select {{ columns }}, calculated_at as effective_at, cast(null as timestamp with time zone) as known_at
    from {{ this }}
    where is_current
    {%- endif %}
),

ranked as (
    select
        levels.*,
        row_number() over (
            partition by policy_version, sku, location_id
            order by effective_at desc, known_at desc, run_id desc
        ) as recency
    from levels
),

latest_run as (
    {{ latest_run('levels') }}
)

select
    {{ columns }},
    run_id in (select run_id from latest_run) as is_current,
    effective_at as calculated_at
from ranked
where recency = 1
