{#- What engines spell differently, spelt once. Models keep to these and to plain SQL, so that a second engine
    can run them. Only engine differences belong here; rules are in `rules.sql`. -#}

{% macro days_after(day, days) %}{{ return(adapter.dispatch('days_after')(day, days)) }}{% endmacro %}
{% macro default__days_after(day, days) %}cast({{ day }} + cast({{ days }} as integer) as date){% endmacro %}
{% macro spark__days_after(day, days) %}date_add({{ day }}, cast({{ days }} as int)){% endmacro %}

{% macro days_between(first_day, last_day) %}{{ return(adapter.dispatch('days_between')(first_day, last_day)) }}{% endmacro %}
{% macro default__days_between(first_day, last_day) %}date_diff('day', {{ first_day }}, {{ last_day }}){% endmacro %}
{% macro spark__days_between(first_day, last_day) %}datediff({{ last_day }}, {{ first_day }}){% endmacro %}

{% macro hours_between(first_instant, last_instant) %}{{ return(adapter.dispatch('hours_between')(first_instant, last_instant)) }}{% endmacro %}
{% macro default__hours_between(first_instant, last_instant) %}(date_diff('second', {{ first_instant }}, {{ last_instant }}) / 3600.0){% endmacro %}
{% macro spark__hours_between(first_instant, last_instant) %}((unix_timestamp({{ last_instant }}) - unix_timestamp({{ first_instant }})) / 3600.0){% endmacro %}

{#- The instant at which a calendar day begins in a zone. -#}
{% macro start_of_day(day, zone) %}{{ return(adapter.dispatch('start_of_day')(day, zone)) }}{% endmacro %}
{% macro default__start_of_day(day, zone) %}timezone({{ zone }}, cast({{ day }} as timestamp)){% endmacro %}
{% macro spark__start_of_day(day, zone) %}to_utc_timestamp(cast({{ day }} as timestamp), {{ zone }}){% endmacro %}

{% macro iso_day_of_week(day) %}{{ return(adapter.dispatch('iso_day_of_week')(day)) }}{% endmacro %}
{% macro default__iso_day_of_week(day) %}cast(extract(isodow from {{ day }}) as bigint){% endmacro %}
{% macro spark__iso_day_of_week(day) %}cast(extract(dayofweek_iso from {{ day }}) as bigint){% endmacro %}

{% macro int_div(dividend, divisor) %}{{ return(adapter.dispatch('int_div')(dividend, divisor)) }}{% endmacro %}
{% macro default__int_div(dividend, divisor) %}(({{ dividend }}) // ({{ divisor }})){% endmacro %}
{% macro spark__int_div(dividend, divisor) %}(({{ dividend }}) div ({{ divisor }})){% endmacro %}

{% macro type_string() %}{{ return(adapter.dispatch('type_string', 'quartermaster')()) }}{% endmacro %}
{% macro default__type_string() %}varchar{% endmacro %}
{% macro spark__type_string() %}string{% endmacro %}

{#- An id of several columns; null where any of them is. -#}
{% macro concat_id(columns) %}{{ columns | join(" || ':' || ") }}{% endmacro %}

{#- What a text says before the first of its separators; all of it where there is none. -#}
{% macro first_part(text, separator) %}split_part({{ text }}, '{{ separator }}', 1){% endmacro %}

{#- Sums of bigint widen (HUGEINT, DECIMAL) on some engines; quantities and money stay bigint. -#}
{% macro sum_bigint(expression) %}cast(sum({{ expression }}) as bigint){% endmacro %}

{#- Of a common table expression: to be made anew by each that reads it. -#}
{% macro not_materialized() %}{{ return(adapter.dispatch('not_materialized')()) }}{% endmacro %}
{% macro default__not_materialized() %}not materialized{% endmacro %}
{% macro spark__not_materialized() %}{% endmacro %}

{#- Of a common table expression: to be made once, and before what reads it is planned. -#}
{% macro materialized() %}{{ return(adapter.dispatch('materialized')()) }}{% endmacro %}
{% macro default__materialized() %}materialized{% endmacro %}
{% macro spark__materialized() %}{% endmacro %}
