{#- What a proof must look at: the rows that this build may have changed, and in a full refresh all. A row that no new
    fact touches was proven when it was written; `oms rebuild` proves everything again. -#}

{#- Whether the running build (the ground's, or the decisions' once the ground is built) is a full one. -#}
{% macro is_whole_build() %}
    {%- set run = source('raw', 'run') -%}
    {%- set loads = 'case when ground_load < last_load then ground_load else decisions_load end' -%}
    {{ return(flags.FULL_REFRESH or value_of('select max(' ~ loads ~ ') from ' ~ run, 0) | int == 0) }}
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
        {{ return('(select * from ' ~ relation ~ ' where ' ~ key ~ ' in (select ' ~ key ~ ' from ' ~ tested_lines() ~ '))') }}
    {%- elif config.incremental_strategy == 'restate' -%}
        {%- set floor = tested_from(config.meta.restated_by) -%}
        {{ return('(select * from ' ~ relation ~ ' where business_date >= ' ~ floor ~ ')') }}
    {%- elif relation.identifier == 'fct_inventory_postings' -%}
        {{ return('(select * from ' ~ relation ~ ' where business_date >= ' ~ tested_from('stock_from') ~ ')') }}
    {%- else -%}
        {{ return(relation) }}
    {%- endif -%}
{% endmacro %}

{% macro tested_lines() %}
    {%- set run = source('raw', 'run') -%}
    {%- if value_of('select count(*) from ' ~ run ~ ' where ground_load < last_load', 0) | int > 0 -%}
        {{ return('(select * from ' ~ last_built('int_touched_lines')
            ~ ' where touched_load > (select max(ground_load) from ' ~ run ~ ')) as touched') }}
    {%- else -%}
        {{ return(last_built('int_lines_to_state') ~ ' as touched') }}
    {%- endif -%}
{% endmacro %}
