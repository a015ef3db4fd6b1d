{#- From which business day on the daily tables are stated anew: stock from the first day of a new posting, or of a place
    whose time zone has changed, as its days are its own; demand from the first day of a touched line. Nothing new: from
    tomorrow, which is nothing. -#}
{{ config(tags=['ground']) }}

{% set nothing = days_after(as_of_date(), 1) %}
{% set run = source('raw', 'run') %}
{% set before = '(select max(ground_load) from ' ~ run ~ ')' %}

with zones_before as (
    {{ latest_statement('(select * from ' ~ source('raw', 'locations') ~ ' where load_number <= ' ~ before ~ ')', ['location_id']) }}
),

moved as (
    select locations.location_id
    from {{ ref('stg_locations') }} as locations
    left join zones_before on locations.location_id = zones_before.location_id
    where locations.timezone <> coalesce(zones_before.timezone, 'UTC')
),

postings as {{ not_materialized() }} (
    select business_date, location_id, load_number from {{ ref('int_inventory_movements') }}
    union all
    select business_date, location_id, load_number from {{ ref('int_count_variances') }}
    union all
    select business_date, location_id, load_number from {{ ref('int_count_holds') }}
),

stock as (
    {#- Not one condition with `or`: what is new is found without a look at what is not. -#}
    select min(business_date) as first_date
    from (
        select business_date from postings where load_number > {{ before }}
        union all
        select business_date from postings where location_id in (select location_id from moved)
    ) as restated
),

demand as (
    select min(first_date) as first_date
    from {{ ref('int_touched_lines') }}
    where touched_load > {{ before }}
)

select
    coalesce(stock.first_date, {{ nothing }}) as stock_from,
    least(coalesce(stock.first_date, {{ nothing }}), coalesce(demand.first_date, {{ nothing }})) as demand_from
from stock
cross join demand
