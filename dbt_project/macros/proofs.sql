{#- What a proof must look at: the rows that this build may have changed, and in a full refresh all. A row that no new
    fact touches was proven when it was written; `oms rebuild` proves everything again. -#}

{#- The build that runs: a test does not know it, since it may read tables of both. -#}
{% macro running_build() %}
    {{ return(run_value('building', 'ground')) }}
{% endmacro %}

{#- Whether that is a full one. -#}
{% macro is_whole_build() %}
    {{ return(flags.FULL_REFRESH or run_value(running_build() ~ '_load', 0) | int == 0) }}
{% endmacro %}

{#- First business day to prove, as a literal; `column` of `int_restatement`. -#}
{% macro tested_from(column) %}
    {%- if not execute or is_whole_build() -%}
        {{ return("cast('0001-01-01' as date)") }}
    {%- endif -%}
    {%- set restatement = last_built('int_restatement') -%}
    {{ return("cast('" ~ value_of('select min(' ~ column ~ ') from ' ~ restatement, '9999-12-31') ~ "' as date)") }}
{% endmacro %}

{#- The rows of a table to prove, by the way in which it is incremental. `key`: by which key of touched lines. -#}
{% macro tested(relation, key=none) %}
    {%- if not execute or is_whole_build() -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- set config = graph.nodes['model.' ~ project_name ~ '.' ~ relation.identifier].config -%}
    {%- if config.incremental_strategy == 'touched' -%}
        {%- set key = key or config.unique_key -%}
        {%- set oldest = value_of('select min(first_date) from ' ~ tested_lines(config), '9999-12-31') -%}
        {{ return('(select * from ' ~ relation ~ " where business_date >= cast('" ~ oldest ~ "' as date) and " ~ key
            ~ ' in (select ' ~ key ~ ' from ' ~ tested_lines(config) ~ '))') }}
    {%- elif config.incremental_strategy == 'restate' -%}
        {%- set floor = tested_from(config.meta.restated_by) -%}
        {{ return('(select * from ' ~ relation ~ ' where business_date >= ' ~ floor ~ ')') }}
    {%- elif relation.identifier == 'fct_inventory_postings' -%}
        {{ return('(select * from ' ~ relation ~ ' where business_date >= ' ~ tested_from('stock_from') ~ ')') }}
    {%- else -%}
        {{ return(relation) }}
    {%- endif -%}
{% endmacro %}

{% macro tested_lines(config) %}
    {%- if running_build() == 'ground' -%}
        {{ return('(select * from ' ~ last_built('int_touched_lines')
            ~ ' where touched_load > (select max(ground_load) from ' ~ source('raw', 'run') ~ ')) as touched') }}
    {%- else -%}
        {{ return('(select * from ' ~ last_built('int_lines_to_state') ~ ' where ' ~ config.get('meta', {}).get('states', 'is_changed') ~ ') as touched') }}
    {%- endif -%}
{% endmacro %}

{#- A row's columns in a few words, for whoever looks at what offends a proof. -#}
{% macro in_short(alias, columns) -%}
    {%- for column in columns -%}
    coalesce(cast({{ alias }}.{{ column }} as {{ type_string() }}), '-'){{ " || ' ' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Where a table of what lies there now is not the ledger's last closing day and what moved since. -#}
{% macro differs_from_the_ledger(relation) %}
    with sides as (
        select sku, location_id, qty_closing as quantity, qty_blocked
        from {{ ref('fct_inventory_daily') }}
        where business_date = {{ as_of_date() }}
        union all
        {{ moved_since() }}
        union all
        select sku, location_id, -qty_on_hand as quantity, -qty_blocked as qty_blocked
        from {{ relation }}
    )

    select sku, location_id, sum(quantity) as qty_difference, sum(qty_blocked) as qty_blocked_difference
    from sides
    group by sku, location_id
    having sum(quantity) <> 0 or sum(qty_blocked) <> 0
{% endmacro %}
