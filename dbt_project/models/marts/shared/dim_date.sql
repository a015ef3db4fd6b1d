{{ config(tags=['ground']) }}

with digits as (
    {% for digit in range(10) -%}
    select {{ digit }} as digit{{ " union all" if not loop.last }}
    {% endfor %}
),

numbers as (
    select ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit as number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
),

{#- What is new, and what the calendar has covered already: whatever the history, a day's work. -#}
seen as (
    {% set known = last_built('dim_date') if not flags.FULL_REFRESH else none %}
    {% for name in ['order_lines', 'order_adjustments', 'stock_movements', 'stock_counts'] -%}
    select min(business_date) as first_date from {{ source('raw', name) }}
    {%- if known %} where load_number > {{ built_load() }}{% endif %}
    {{ "union all" if not loop.last }}
    {% endfor %}
    {%- if known %}union all select min(date_day) as first_date from {{ known }}{% endif %}
),

bounds as (
    select
        least(coalesce(min(first_date), {{ as_of_date() }}), {{ as_of_date() }}) as first_date,
        {{ days_after(as_of_date(), 366) }} as last_date
    from seen
),

days as (
    select {{ days_after('bounds.first_date', 'numbers.number') }} as date_day
    from bounds
    inner join numbers on numbers.number <= {{ days_between('bounds.first_date', 'bounds.last_date') }}
)

select
    date_day,
    cast(extract(year from date_day) as bigint) as year,
    cast(extract(quarter from date_day) as bigint) as quarter,
    cast(extract(month from date_day) as bigint) as month,
    cast(extract(day from date_day) as bigint) as day_of_month,
    {{ iso_day_of_week('date_day') }} as day_of_week,
    {{ iso_day_of_week('date_day') }} >= 6 as is_weekend
from days
