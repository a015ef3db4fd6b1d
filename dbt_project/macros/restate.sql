{#- Incremental by whole business days: forget every row from a floor on, insert the floor's days anew.
    `delete+insert` alone keeps a day whose last row has gone (a variance that a late movement explains), hence
    a strategy of our own. -#}

{#- The run's last business day. A row of `raw.run`, not a variable: a changed variable makes dbt parse everything anew. -#}
{% macro as_of_date() %}(select max(as_of_date) from {{ source('raw', 'run') }}){% endmacro %}

{#- First business day to restate in `this`, as a date literal; a whole rebuild has the earliest day there is.
    The model must depend on `int_restatement`. Days after the table's last one are always new. -#}
{% macro restate_floor() %}
    {%- if execute and is_incremental() -%}
        {%- set query -%}
            select least(
                (select min(restate_from) from {{ ref('int_restatement') }}),
                coalesce((select {{ days_after('max(business_date)', 1) }} from {{ this }}), cast('0001-01-01' as date))
            ) as floor_date
        {%- endset -%}
        cast('{{ run_query(query).columns[0].values()[0] }}' as date)
    {%- else -%}
        cast('0001-01-01' as date)
    {%- endif -%}
{%- endmacro %}

{% macro get_incremental_restate_sql(arg_dict) %}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='name') | join(', ') -%}
    delete from {{ arg_dict['target_relation'] }} where business_date >= {{ restate_floor() }};
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}
