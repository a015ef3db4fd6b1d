{#- Which of several statements of one key counts. -#}

{#- The latest: for things whose counterpart restates them (orders, purchase orders, master data). -#}
{% macro latest_statement(relation, key, tie_breaker='effective_at') %}
    select *
    from (
        select
            stated.*,
            row_number() over (
                partition by {{ key | join(', ') }}
                order by known_at desc, {{ tie_breaker }} desc, stated.row_number desc, file_sha256 desc
            ) as statement_rank
        from {{ relation }} as stated
    ) as ranked
    where statement_rank = 1
{% endmacro %}

{#- The first: for things that happened once and are corrected by a further record, never by another wording
    (movements, counts, credits). A file delivered twice under two names changes nothing. -#}
{% macro first_statement(relation, key) %}
    select *
    from (
        select
            stated.*,
            row_number() over (
                partition by {{ key | join(', ') }}
                order by known_at, file_sha256, stated.row_number
            ) as statement_rank
        from {{ relation }} as stated
    ) as ranked
    where statement_rank = 1
{% endmacro %}

{#- Our own decisions for order lines, as landed. -#}
{% macro landed_allocations(relation) %}
    select
        {{ concat_id(['channel_id', 'order_ref', 'line_ref']) }} as order_line_id,
        {{ concat_id(['channel_id', 'order_ref']) }} as order_id,
        stated.*
    from (
        {{ first_statement(
            relation, ['run_id', 'channel_id', 'order_ref', 'line_ref', 'decision', 'location_id']
        ) }}
    ) as stated
{% endmacro %}
