{#- Every order line that a build's new rows touch: its channel's statements, its shipments and returns, its credits,
    those moved to another line included. `first_date` is the earliest day of any fact of the line. A full refresh
    touches all lines, and so names none. Kept until the decisions that follow are modelled too. -#}
{{ config(
    tags=['ground'], materialized='incremental', incremental_strategy='append',
    post_hook="delete from {{ this }} where touched_load <= (select max(decisions_load) from {{ source('raw', 'run') }})"
) }}
{{ builds_after('dim_location') }}

{%- set stated_before -%}
    (select * from {{ source('raw', 'locations') }} where load_number <= {{ built_load() }})
{%- endset %}

with moved_locations as (
    {% if is_incremental() -%}
    select locations.location_id
    from {{ ref('dim_location') }} as locations
    left join ({{ latest_statement(stated_before, ['location_id']) }}) as before
        on locations.location_id = before.location_id
    where
        before.location_id is null
        or before.kind <> locations.kind
        or before.region <> locations.region
        or before.sourcing_rank <> locations.sourcing_rank
    {%- else -%}
    select location_id from {{ source('raw', 'locations') }} where 1 = 0
    {%- endif %}
),

corrected as (
    select stated.order_line_id, stated.order_id, stated.business_date, stated.channel_id, stated.exchange_order_ref
    from {{ new_rows(ref('stg_order_events')) }} as events
    inner join {{ ref('stg_order_events') }} as stated on events.corrects_id = stated.event_id
),

facts as (
    select
        {{ concat_id(['channel_id', 'order_ref', 'line_ref']) }} as order_line_id,
        {{ concat_id(['channel_id', 'order_ref']) }} as order_id,
        business_date
    from {{ new_rows(source('raw', 'order_lines')) }} as stated
    union all
    select order_line_id, order_id, business_date
    from {{ new_rows(ref('stg_stock_movements')) }} as movements
    where order_line_id is not null
    union all
    select order_line_id, order_id, business_date
    from {{ new_rows(ref('stg_order_events')) }} as events
    union all
    select corrected.order_line_id, corrected.order_id, corrected.business_date
    from corrected
    union all
    {# An exchange is told of both orders. #}
    select lines.order_line_id, lines.order_id, lines.first_business_date as business_date
    from {{ ref('stg_order_lines') }} as lines
    inner join (
        select channel_id, exchange_order_ref from {{ new_rows(ref('stg_order_events')) }} as events
        where exchange_order_ref is not null
        union all
        select channel_id, exchange_order_ref from corrected where exchange_order_ref is not null
    ) as exchanges
        on lines.channel_id = exchanges.channel_id and lines.order_ref = exchanges.exchange_order_ref
    union all
    {# Where demand falls is the locations' to say: a location that is new or another now touches every line. #}
    select order_line_id, order_id, first_business_date as business_date
    from {{ ref('stg_order_lines') }}
    where (select count(*) from moved_locations) > 0
),

moved_credits as (
    select order_line_id, business_date from {{ ref('int_adjustment_matches') }}
    where matched_load > {{ built_load() }} and order_line_id is distinct from previous_order_line_id
    union all
    select previous_order_line_id as order_line_id, business_date from {{ ref('int_adjustment_matches') }}
    where matched_load > {{ built_load() }} and order_line_id is distinct from previous_order_line_id
),

before as (
    {% if is_incremental() -%}
    select order_line_id, order_id, first_date, customer_key
    from {{ last_built('int_order_lines') }}
    where order_line_id in (select order_line_id from facts union select order_line_id from moved_credits)
    {%- else -%}
    select order_line_id, order_id, business_date as first_date, cast(null as {{ type_string() }}) as customer_key
    from facts
    where 1 = 0
    {%- endif %}
),

{#- A line that was not there at the last build is a fact of its own. #}
named as (
    select order_line_id, order_id from facts
    union
    select order_line_id, order_id from before
),

touched as (
    select order_line_id, order_id, min(business_date) as first_date
    from (
        select order_line_id, order_id, business_date from facts
        union all
        select named.order_line_id, named.order_id, moved_credits.business_date
        from moved_credits
        inner join named on moved_credits.order_line_id = named.order_line_id
    ) as all_facts
    group by order_line_id, order_id
)

select
    touched.order_line_id,
    touched.order_id,
    least(touched.first_date, coalesce(before.first_date, touched.first_date)) as first_date,
    before.customer_key as customer_before,
    {{ last_load() }} as touched_load
from touched
left join before on touched.order_line_id = before.order_line_id
{% if not is_incremental() %}where 1 = 0{% endif %}
