{#- How a build's cost follows the day's data: which rows are new, which order lines they touch, from which day on the
    daily tables must be stated anew. Every rule here is empty in a full refresh, which is the oracle for the rest. -#}

{#- The run's last business day. A row of `raw.run`, not a variable: a changed variable makes dbt parse everything anew. -#}
{% macro as_of_date() %}(select max(as_of_date) from {{ source('raw', 'run') }}){% endmacro %}

{#- The latest load there is. -#}
{% macro last_load() %}(select max(last_load) from {{ source('raw', 'run') }}){% endmacro %}

{#- The only value of a query, as text; `otherwise` where it is null, or while dbt only parses. -#}
{% macro value_of(query, otherwise) %}
    {%- if not execute -%}
        {{ return(otherwise) }}
    {%- endif -%}
    {%- set value = run_query(query).columns[0].values()[0] -%}
    {{ return(otherwise if value is none else value) }}
{% endmacro %}

{#- What `raw.run` says of the running build, before anything is built. The pipelines pass it on as a variable too: it is
    asked for hundreds of times a build, and each question to the warehouse takes dbt ten milliseconds. -#}
{% macro run_value(column, otherwise) %}
    {%- set told = var('run', none) -%}
    {%- if told is not none -%}
        {{ return(told[column]) }}
    {%- endif -%}
    {{ return(value_of('select max(' ~ column ~ ') from ' ~ source('raw', 'run'), otherwise)) }}
{% endmacro %}

{#- The last load that this model's build has modelled already. A literal, so that scans skip what is older. -#}
{% macro built_load() %}
    {{ return(run_value(('ground' if 'ground' in model.tags else 'decisions') ~ '_load', 0)) }}
{% endmacro %}

{% macro decisions_load() %}(select max(decisions_load) from {{ source('raw', 'run') }}){% endmacro %}

{#- Rows of a raw table that no build of this model has seen; all of them in a full refresh. -#}
{% macro new_rows(relation) -%}
    (select * from {{ relation }}{% if is_incremental() %} where load_number > {{ built_load() }}{% endif %})
{%- endmacro %}

{#- A model as its last build left it, for one that comes before it in this build: no reference, or it would be a cycle. -#}
{% macro last_built(name) %}
    {{ return(adapter.get_relation(target.database, target.schema, name)) }}
{% endmacro %}

{#- A dependency that only incremental builds read: dbt learns of it while it parses, when it cannot know them yet. -#}
{% macro builds_after(name) %}{% if not execute %}{% do ref(name) %}{% endif %}{% endmacro %}

{#- Order lines that the build must state anew: `int_touched_lines` for the ground, `int_lines_to_state` for what
    follows from decisions, of these the ones that the model's `meta.states` says: else those that have changed. -#}
{% macro touched_lines() %}
    {%- if 'ground' in model.tags -%}
        {{ return('(select * from ' ~ ref('int_touched_lines') ~ ' where touched_load > ' ~ built_load() ~ ') as touched') }}
    {%- else -%}
        {%- set states = config.get('meta', {}).get('states', 'is_changed') -%}
        {{ return('(select * from ' ~ ref('int_lines_to_state') ~ ' where ' ~ states ~ ') as touched') }}
    {%- endif -%}
{% endmacro %}

{#- Whether a row belongs to a touched line. No fact of a line is older than the line's first day, so that scans of
    tables by day can skip what lies before the first day of all touched lines. -#}
{% macro is_touched(alias, key='order_line_id', dated=true) -%}
    {%- if is_incremental() -%}
        {% if dated %}{{ alias }}.business_date >= {{ first_touched_day() }} and {% endif -%}
        {{ alias }}.{{ key }} in (select {{ key }} from {{ touched_lines() }})
    {%- else -%}
        1 = 1
    {%- endif -%}
{%- endmacro %}

{#- Asked once of a node, however often it says it: dbt takes longer to ask than the warehouse to answer. -#}
{% macro first_touched_day() %}
    {%- if not execute or 'first_touched_day' not in model -%}
        {%- do model.update(first_touched_day=two_days_before('select min(first_date) from ' ~ touched_lines())) -%}
    {%- endif -%}
    {{- return(model['first_touched_day']) -}}
{% endmacro %}

{#- The day that a query gives, as a literal, and two before it: zones differ, and a clock may be a day ahead. -#}
{% macro two_days_before(query) %}
    {%- set day = value_of(query, '9999-12-31') -%}
    {{- return("cast('" ~ (modules.datetime.date.fromisoformat(day | string) - modules.datetime.timedelta(days=2)) ~ "' as date)") -}}
{% endmacro %}

{#- Whether a day's orders may have been served otherwise since the last build told of it: from the first day of a changed line
    on, of a line whose promise has passed since, and of those that become due without one. -#}
{% macro is_served_anew() %}
    {%- if not is_incremental() -%}
        {{ return('1 = 1') }}
    {%- endif -%}
    {%- set told = two_days_before('select max(business_date) from ' ~ this) -%}
    {%- set query -%}
        select least(
            {{ first_touched_day() }},
            {{ days_after(told, -2) }},
            (select min(business_date) from {{ ref('fct_order_lines') }} where promised_date between {{ told }} and {{ as_of_date() }})
        ) as first_date
    {%- endset -%}
    {{ return('business_date >= ' ~ two_days_before(query)) }}
{% endmacro %}

{#- The order in which a full refresh writes a table that later builds search by day: its joins and windows leave rows of all
    days beside each other, and a scan skips only stretches that lie before its first day. What a build adds lies together. -#}
{% macro laid_by_day(prefix='') %}{% if not is_incremental() %}order by {{ prefix }}business_date{% endif %}{% endmacro %}

{#- Customers of orders that the channels have told anew of since the last decisions, and whose they were before. -#}
{% macro touched_customers() %}
    select customer_key from {{ ref('fct_orders') }}
    where business_date >= {{ first_touched_day() }} and order_id in (select order_id from {{ ref('int_touched_lines') }})
    union all
    select customer_before from {{ ref('int_touched_lines') }} where customer_before is not null
{% endmacro %}

{#- Incremental by touched lines (or their orders: `unique_key`): forget all rows of a touched key, insert what it has
    now. `delete+insert` alone would keep the rows of a line that has none any more. -#}
{% macro get_incremental_touched_sql(arg_dict) %}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='name') | join(', ') -%}
    {%- set target = arg_dict['target_relation'] -%}
    delete from {{ target }} where {{ is_touched(target.identifier, key=arg_dict['unique_key']) }};
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}

{#- Incremental by rows that stand for all statements of a key, with their first day and their number: only those of more
    than one can stand there already, and not on an older day than their first. -#}
{% macro get_incremental_replaced_sql(arg_dict) %}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='name') | join(', ') -%}
    {%- set key = arg_dict['unique_key'] -%}
    {%- set stated_again = arg_dict['temp_relation'] ~ ' where statement_count > 1' -%}
    delete from {{ arg_dict['target_relation'] }}
    where
        business_date >= cast('{{ value_of('select min(first_business_date) from ' ~ stated_again, '9999-12-31') }}' as date)
        and {{ key }} in (select {{ key }} from {{ stated_again }});
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}

{#- Incremental by facts that never change: insert those that are not there yet. `meta.dated`: the same key always has
    the same day, so that older days need not be searched. -#}
{% macro get_incremental_once_sql(arg_dict) %}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='name') | join(', ') -%}
    {%- set key = arg_dict['unique_key'] -%}
    {%- set is_dated = config.get('meta', {}).get('dated') -%}
    {%- set oldest = 'select min(business_date) from ' ~ arg_dict['temp_relation'] -%}
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }} as incoming
    where not exists (
        select 1 from {{ arg_dict['target_relation'] }} as known where known.{{ key }} = incoming.{{ key }}
        {% if is_dated %}and known.business_date >= cast('{{ value_of(oldest, '9999-12-31') }}' as date){% endif %}
    )
{% endmacro %}

{#- First business day to state anew in `this`, as a date literal; a whole rebuild has the earliest day there is.
    Days after the table's last one are always new. `column` of `int_restatement` says what restates the table. -#}
{% macro restate_floor(column) %}
    {%- set restatement = ref('int_restatement') -%}
    {%- if is_incremental() -%}
        {%- set query -%}
            select least(
                (select min({{ column }}) from {{ restatement }}),
                coalesce((select {{ days_after('max(business_date)', 1) }} from {{ this }}), cast('0001-01-01' as date))
            ) as floor_date
        {%- endset -%}
        {{- return("cast('" ~ value_of(query, '0001-01-01') ~ "' as date)") -}}
    {%- else -%}
        {{- return("cast('0001-01-01' as date)") -}}
    {%- endif -%}
{% endmacro %}

{#- Incremental by whole business days: forget every row from a floor on, insert the floor's days anew.
    The model's `meta.restated_by` names the column of `int_restatement`. -#}
{% macro get_incremental_restate_sql(arg_dict) %}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='name') | join(', ') -%}
    delete from {{ arg_dict['target_relation'] }}
    where business_date >= {{ restate_floor(config.get('meta')['restated_by']) }};
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}
