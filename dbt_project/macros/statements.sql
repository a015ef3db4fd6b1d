{#- Which of several statements of one key counts. Nearly all keys are stated once: only the others are ranked, since
    ranking sorts whole rows. A relation is text that is read more than once. -#}

{#- The latest: for things whose counterpart restates them (orders, purchase orders, master data). -#}
{% macro latest_statement(relation, key, tie_breaker='effective_at') %}
    {{- one_statement(relation, key, 'known_at desc, ' ~ tie_breaker ~ ' desc, stated.row_number desc, file_sha256 desc') -}}
{% endmacro %}

{#- The first: for things that happened once and are corrected by a further record, never by another wording
    (movements, counts, credits). A file delivered twice under two names changes nothing. -#}
{% macro first_statement(relation, key) %}
    {{- one_statement(relation, key, 'known_at, file_sha256, stated.row_number') -}}
{% endmacro %}

{% macro one_statement(relation, key, order) %}
    with repeated as (
        select {{ key | join(', ') }} from {{ relation }} as keys
        group by {{ key | join(', ') }}
        having count(*) > 1
    )

    select stated.*, 1 as statement_rank
    from {{ relation }} as stated
    where not exists ({{ repeated_key(key) }})
    union all
    select *
    from (
        select
            stated.*,
            row_number() over (partition by {{ key | join(', ') }} order by {{ order }}) as statement_rank
        from {{ relation }} as stated
        where exists ({{ repeated_key(key) }})
    ) as ranked
    where statement_rank = 1
{% endmacro %}

{% macro repeated_key(key) %}
    select 1 from repeated
    where {% for column in key %}repeated.{{ column }} is not distinct from stated.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
{% endmacro %}

{#- Whether a row of `stated` is a statement that does not count, since another one came first: hardly any is, and what looks
    for the one that counts need not look through all of history. `first_stated`: what counts of the same loads. -#}
{% macro is_said_again(first_stated) %}
    not exists (
        select 1 from {{ first_stated }} as counted
        where counted.feed = stated.feed and counted.file_sha256 = stated.file_sha256 and counted.row_number = stated.row_number
    )
{% endmacro %}

{#- Statements with the instant since which each is known as it stands (`first_known_at`), whatever was said in between: a
    calendar that is sent whole every night tells nothing new of most of it. -#}
{% macro since_first_said(relation, columns) %}
    (
        select stated.*, min(known_at) over (partition by {{ columns | join(', ') }}) as first_known_at
        from {{ relation }} as stated
    )
{% endmacro %}

{#- Our own decisions for order lines, as landed. -#}
{% macro landed_allocations(relation) %}
    select
        {{ concat_id(['channel_id', 'order_ref', 'line_ref']) }} as order_line_id,
        {{ concat_id(['channel_id', 'order_ref']) }} as order_id,
        stated.*
    from (
        {{ first_statement(
            relation, ['run_id', 'channel_id', 'order_ref', 'line_ref', 'decision', 'location_id', 'release_due_at']
        ) }}
    ) as stated
{% endmacro %}

{#- What is told of each of them, in the same order wherever they are put together. -#}
{% macro allocation_columns() -%}
    order_line_id, order_id, run_id, channel_id, order_ref, line_ref, sku, decision, location_id, quantity,
    reason_code, reason, priority, decision_rank, qty_ats_before, cost_minor, alternative_location_id,
    alternative_cost_minor, release_due_at, effective_at, business_date, feed, file_sha256, row_number, known_at,
    load_number
{%- endmacro %}

{#- Whose number a movement bears: what arrives of a transfer bears its sender's, anything else the location's own. Python:
    `numbered_by` of oms_core/contracts/conditions.py. -#}
{% macro numbered_by() -%}
    case when kind = 'transfer_in' then coalesce(counterparty_location_id, location_id) else location_id end
{%- endmacro %}
