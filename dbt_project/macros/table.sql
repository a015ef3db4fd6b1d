{#- A table, in place of dbt's own way for DuckDB: that makes, swaps and drops in seven statements, each of which takes
    longer than making most of our tables. Here it is one, and one transaction, so that nobody sees neither. Grants,
    indexes and foreign keys, which the longer way is for, have no place here. -#}
{% materialization table, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set made = make_intermediate_relation(target_relation) -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {{ create_table_as(False, made, compiled_code) }};
        {% if existing is not none %}drop {{ existing.type }} {{ existing }};{% endif %}
        alter table {{ made }} rename to {{ target_relation.identifier }}
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
