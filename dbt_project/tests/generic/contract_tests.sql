{#- The tests that contracts imply, ours so that no package is needed. Each returns the offending rows. -#}

{% test unique_key(model, columns) %}
    select {{ columns | join(', ') }}, count(*) as row_count
    from {{ tested(model) }} as rows_to_test
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}

{% test allowed_values(model, values) %}
    select *
    from {{ tested(model) }} as rows_to_test
    where
        {% for column, allowed in values.items() -%}
        {{ "or " if not loop.first }}{{ column }} not in ('{{ allowed | join("', '") }}')
        {% endfor %}
{% endtest %}

{% test within_bounds(model, bounds) %}
    select *
    from {{ tested(model) }} as rows_to_test
    where
        {% for column, bound in bounds.items() -%}
        {%- set first_column = loop.first -%}
        {%- for kind, limit in bound.items() -%}
        {{ "or " if not (first_column and loop.first) }}{{ column }} {{ "<" if kind == "minimum" else ">" }} {{ limit }}
        {% endfor -%}
        {% endfor %}
{% endtest %}

{% test known_reference(model, column, to, field) %}
    select facts.{{ column }}, count(*) as row_count
    from {{ tested(model) }} as facts
    left join {{ to }} as things on facts.{{ column }} = things.{{ field }}
    where facts.{{ column }} is not null and things.{{ field }} is null
    group by facts.{{ column }}
{% endtest %}
