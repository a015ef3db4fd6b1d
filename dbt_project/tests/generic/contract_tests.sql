{#- The tests that contracts imply, ours so that no package is needed. Each returns the offending rows. -#}

{#- What a contract says of each row and of the key: one statement a mart, as each costs dbt more than it costs to answer. -#}
{% test keeps_contract(model, key, values={}, bounds={}) %}
    {%- set broken = [] -%}
    {%- for column, allowed in values.items() -%}
        {%- do broken.append((column ~ ' is no allowed value', column ~ " not in ('" ~ allowed | join("', '") ~ "')")) -%}
    {%- endfor -%}
    {%- for column, bound in bounds.items() -%}
        {%- for kind, limit in bound.items() -%}
            {%- set comparison = ' < ' if kind == 'minimum' else ' > ' -%}
            {%- do broken.append((column ~ comparison ~ limit, column ~ comparison ~ limit)) -%}
        {%- endfor -%}
    {%- endfor %}
    select {{ key | join(', ') }}, 'two rows of one key' as broken_rule
    from {{ tested(model) }} as rows_to_test
    group by {{ key | join(', ') }}
    having count(*) > 1
    {% if broken -%}
    union all
    select {{ key | join(', ') }}, case {% for rule, condition in broken %}when {{ condition }} then '{{ rule }}' {% endfor %}end
    from {{ tested(model) }} as rows_to_test
    where {{ broken | map(attribute=1) | join(' or ') }}
    {%- endif %}
{% endtest %}

{% test known_reference(model, column, to, field) %}
    select facts.{{ column }}, count(*) as row_count
    from {{ tested(model) }} as facts
    left join {{ to }} as things on facts.{{ column }} = things.{{ field }}
    where facts.{{ column }} is not null and things.{{ field }} is null
    group by facts.{{ column }}
{% endtest %}
