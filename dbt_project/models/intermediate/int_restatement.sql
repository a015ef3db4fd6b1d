{#- From which business day on the daily tables are stated anew: stock from the first day of a new posting, demand from
    the first day of a touched line. Nothing new: from tomorrow, which is nothing. -#}
{{ config(tags=['ground']) }}

{% set nothing = days_after(as_of_date(), 1) %}
{% set run = source('raw', 'run') %}

with postings as (
    select business_date, load_number from {{ ref('int_inventory_movements') }}
    union all
    select business_date, load_number from {{ ref('int_count_variances') }}
    union all
    select business_date, load_number from {{ ref('int_count_holds') }}
),

stock as (
    select min(business_date) as first_date
    from postings
    where load_number > (select max(ground_load) from {{ run }})
),

demand as (
    select min(first_date) as first_date
    from {{ ref('int_touched_lines') }}
    where touched_load > (select max(ground_load) from {{ run }})
)

select
    coalesce(stock.first_date, {{ nothing }}) as stock_from,
    least(coalesce(stock.first_date, {{ nothing }}), coalesce(demand.first_date, {{ nothing }})) as demand_from
from stock
cross join demand
