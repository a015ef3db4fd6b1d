{#- How the planners' rules of availability apply: the narrowest that covers a row, and what a channel has had of its units.
    Kinds and bounds of rules: oms_core/contracts/rules.py. -#}

{#- Joins of every scope that may cover a row of `alias`, the narrowest first: one an equality, so that many rules cost no
    more than few. `by`: the scopes that the rule may be narrowed to, columns of `alias`, the narrowest first; `about`: the
    column that it must name. `rule_value` reads what they found. -#}
{% macro join_rules(rule, alias, by, about=none) %}
    {% for covered in rule_scopes(by) -%}
    {%- set found = rule ~ '_' ~ loop.index -%}
    left join {{ ref('stg_availability_rules') }} as {{ found }}
        on {{ found }}.rule = '{{ rule }}'
        {% for scope in ['supplier_id', 'channel_id', 'location_id', 'sku'] -%}
        and {{ found }}.{{ scope }} = {{ alias ~ '.' ~ scope if scope in covered or scope == about else "'*'" }}
        {% endfor -%}
    {% endfor -%}
{% endmacro %}
{% macro rule_value(rule, by, otherwise, column='value') -%}
    coalesce({% for covered in rule_scopes(by) %}{{ rule }}_{{ loop.index }}.{{ column }}, {% endfor %}{{ otherwise }})
{%- endmacro %}
{#- Of a, b: both, a, b, none. -#}
{% macro rule_scopes(by) %}
    {%- set found = namespace(scopes=[[]]) -%}
    {%- for scope in by | reverse -%}
        {%- set narrower = [] -%}
        {%- for wider in found.scopes %}{% do narrower.append([scope] + wider) %}{% endfor -%}
        {%- set found.scopes = narrower + found.scopes -%}
    {%- endfor -%}
    {{ return(found.scopes) }}
{% endmacro %}

{#- The planners' rule of each fact as it was known when the fact became known, and in force on the fact's day: of facts
    that never change, whose rule must not either. Columns: the facts' key, value. -#}
{% macro rules_then(rule, facts, key) %}
    select {{ key }}, value
    from (
        select
            facts.{{ key }},
            rules.value,
            row_number() over (
                partition by facts.{{ key }}
                order by
                    case when rules.sku is null then 1 else 0 end,
                    case when rules.location_id is null then 1 else 0 end,
                    rules.known_at desc, rules.effective_at desc, rules.row_number desc, rules.file_sha256 desc
            ) as choice
        from {{ facts }} as facts
        inner join {{ source('raw', 'availability_rules') }} as rules
            on rules.rule = '{{ rule }}'
            and rules.known_at <= facts.known_at
            and rules.business_date <= facts.business_date
            and coalesce(rules.sku, facts.sku) = facts.sku
            and coalesce(rules.location_id, facts.location_id) = facts.location_id
    ) as known
    where choice = 1
{% endmacro %}

{#- What channels ask to be kept for them, by SKU and location: a share, and the units left of an allotment. A channel has
    had what was shipped to its orders from there since the rule's day, less what came back, and what is promised to them. -#}
{% macro channel_segments(reservations) %}
    {%- set by = ['sku', 'location_id'] -%}
    with asked as (
        select
            balance.sku,
            balance.location_id,
            balance.channel_id,
            balance.priority,
            {{ rule_value('channel_share', by, 0) }} as share,
            {{ rule_value('channel_units', by, 0) }} as units,
            {{ rule_value('channel_units', by, 'null', 'business_date') }} as units_from
        from (
            select balance.*, channels.channel_id, channels.priority
            from {{ ref('int_stock_balance') }} as balance
            cross join {{ ref('dim_channel') }} as channels
            where channels.channel_id in (
                select channel_id from {{ ref('stg_availability_rules') }} where rule in ('channel_share', 'channel_units')
            )
        ) as balance
        {{ join_rules('channel_share', 'balance', by, about='channel_id') }}
        {{ join_rules('channel_units', 'balance', by, about='channel_id') }}
    ),

    moved as (
        select asked.sku, asked.location_id, asked.channel_id, -sum(postings.quantity) as qty_taken
        from {{ ref('fct_inventory_postings') }} as postings
        inner join asked
            on postings.sku = asked.sku
            and postings.location_id = asked.location_id
            and postings.business_date >= asked.units_from
        inner join {{ ref('int_order_lines') }} as lines
            on postings.order_line_id = lines.order_line_id
            and asked.channel_id = lines.channel_id
        where postings.account in ('on_hand', 'drop_ship')
        group by asked.sku, asked.location_id, asked.channel_id
    ),

    promised as (
        select reservations.sku, reservations.location_id, lines.channel_id, sum(reservations.qty_reserved) as qty_taken
        from {{ reservations }} as reservations
        inner join {{ ref('int_unfinished_lines') }} as lines on reservations.order_line_id = lines.order_line_id
        group by reservations.sku, reservations.location_id, lines.channel_id
    )

    select
        asked.sku,
        asked.location_id,
        asked.channel_id,
        asked.priority,
        asked.share,
        cast(
            greatest(asked.units - greatest(coalesce(moved.qty_taken, 0) + coalesce(promised.qty_taken, 0), 0), 0)
            as bigint
        ) as units
    from asked
    left join moved
        on asked.sku = moved.sku and asked.location_id = moved.location_id and asked.channel_id = moved.channel_id
    left join promised
        on asked.sku = promised.sku
        and asked.location_id = promised.location_id
        and asked.channel_id = promised.channel_id
    where asked.share > 0 or asked.units > 0
{% endmacro %}
