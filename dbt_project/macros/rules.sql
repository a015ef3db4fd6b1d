{#- The rules that SQL and Python share, stated once in SQL. Each has a golden fixture in tests/fixtures/golden that
    both must pass. The order-line rules work on columns named as there. -#}

{#- Available to sell. Python: oms_core/inventory/availability.py. Golden: availability.csv, channel_segments.csv -#}
{% macro qty_free(sellable, reserved, kept_back, in_doubt, oversell) -%}
    ({{ sellable }} + {{ oversell }} - {{ reserved }} - {{ kept_back }} - {{ in_doubt }})
{%- endmacro %}
{% macro qty_ats(sellable, reserved, kept_back, in_doubt, oversell) -%}
    greatest({{ qty_free(sellable, reserved, kept_back, in_doubt, oversell) }}, 0)
{%- endmacro %}
{#- What is for sale of what lies there. More unblocked than was ever blocked is no stock. -#}
{% macro qty_sellable(on_hand='qty_on_hand', blocked='qty_blocked') %}({{ on_hand }} - greatest({{ blocked }}, 0)){% endmacro %}
{#- Accounts of what a location holds. Python: `HELD_ACCOUNTS` of oms_core/inventory/ledger.py. -#}
{% macro held_accounts() %}('on_hand', 'blocked', 'drop_ship'){% endmacro %}
{#- What has moved there since the run's last day ended: of a location whose own next day has begun. What is said to happen
    later than it was known waits for its day. -#}
{% macro moved_since() %}
    select sku, location_id, quantity, case when account = 'blocked' then quantity else 0 end as qty_blocked
    from {{ ref('fct_inventory_postings') }}
    where account in {{ held_accounts() }} and business_date > {{ as_of_date() }} and effective_at <= known_at
{% endmacro %}
{#- What of a location's stock is ours: a drop-shipper's is his own until it ships, whoever sells it. -#}
{% macro qty_ours(quantity, kind) %}case when {{ kind }} = 'drop_shipper' then 0 else {{ quantity }} end{% endmacro %}
{#- A whole product such as 100 x 0.29 may come out a little below its number. -#}
{% macro share_of_units(quantity, share) %}cast(floor({{ quantity }} * {{ share }} + 1e-9) as bigint){% endmacro %}
{#- What is held back of a location's stock while it is in doubt: a share of what lies there for sale, rounded up, and what
    it could not pick; no more than lies there. -#}
{% macro qty_in_doubt(on_hand, doubt_share, short_picked=0) -%}
    cast(
        least(
            ceil(greatest({{ on_hand }}, 0) * coalesce({{ doubt_share }}, 0) - 1e-9) + {{ short_picked }},
            greatest({{ on_hand }}, 0)
        ) as bigint
    )
{%- endmacro %}
{#- What a segment asks to be kept of what may be sold, before those ahead of it have had theirs. -#}
{% macro qty_asked() %}least(greatest({{ share_of_units('qty_ats', 'share') }}, units), qty_ats){% endmacro %}

{#- What a channel may sell ahead of a supply that is not here yet: up to its limit, less what is sold ahead of that supply to
    whomever (nested limits), and no more than nobody waits for. Python: oms_core/inventory/availability.py. Golden:
    pre_sell.csv -#}
{% macro pre_sell_limit() %}least(greatest({{ share_of_units('qty_supply', 'share') }}, units), qty_supply){% endmacro %}
{% macro qty_pre_sell() -%}
    greatest(least({{ pre_sell_limit() }} - qty_pre_sold, qty_supply - qty_pegged), 0)
{%- endmacro %}

{#- What the channel and the order desk say of a line together. Python: oms_core/orders/statements.py. Golden: line_words.csv -#}
{% macro is_held() -%}
    coalesce(desk_word = 'held', false)
    or (channel_holds and not coalesce(desk_word = 'hold_released' and desk_at >= stated_at, false))
{%- endmacro %}
{#- What somebody edited of a line stands until its channel states the line anew. Python: `as_edited`. Golden:
    line_edits.csv -#}
{% macro as_edited(column, stated=none) -%}
    case when edits.{{ column }}_at >= lines.updated_at then edits.{{ column }} else lines.{{ stated or column }} end
{%- endmacro %}
{#- What the channel has cancelled of a line: all that it credits, but for what it credits since an edit took as much off
    the line, of which it speaks by that. Python: `qty_credited`. Golden: line_quantities.csv -#}
{% macro qty_credited() -%}
    qty_credited - least(qty_credited_since, greatest(qty_stated - qty_ordered, 0))
{%- endmacro %}
{% macro qty_cancel_stated() %}greatest(qty_by_channel, qty_by_desk){% endmacro %}

{#- Quantities of an order line by state. Python: oms_core/orders/quantities.py. Golden: line_states.csv -#}
{% macro qty_fulfilled() %}least(qty_shipped, qty_ordered){% endmacro %}
{% macro qty_cancelled() %}least(qty_cancel_stated, qty_ordered - qty_fulfilled){% endmacro %}
{% macro qty_rest() %}(qty_ordered - qty_fulfilled - qty_cancelled){% endmacro %}
{% macro qty_held() %}case when is_held then qty_rest else 0 end{% endmacro %}
{#- Promised to a location and not gone yet, whether or not the line has been held since. -#}
{% macro qty_promised() %}least(greatest(qty_allocated_ever - qty_shipped, 0), qty_rest){% endmacro %}
{% macro qty_allocated() %}case when is_held then 0 else {{ qty_promised() }} end{% endmacro %}
{% macro qty_backordered() %}case when is_held then 0 else least(qty_backordered_latest, qty_rest - qty_allocated) end{% endmacro %}
{#- A part of what is backordered, no state of its own: it waits, but has its supply. -#}
{% macro qty_pre_sold() %}least(qty_pre_sold_latest, qty_backordered){% endmacro %}
{% macro qty_open() %}(qty_rest - qty_held - qty_allocated - qty_backordered){% endmacro %}
{% macro line_state() %}
    case
        when qty_rest = 0 and qty_fulfilled > 0 then 'fulfilled'
        when qty_rest = 0 then 'cancelled'
        when qty_held > 0 then 'held'
        when qty_open >= qty_backordered and qty_open >= qty_allocated then 'open'
        when qty_backordered >= qty_allocated then 'backordered'
        else 'allocated'
    end
{%- endmacro %}

{#- Events of an order line in the order that counts where two happen at one instant, each with the event that it
    follows: of a line, no more may happen than has happened of that. Python: `FOLLOWS`. Golden: line_events.csv -#}
{% macro event_types() %}
    {{ return([
        ('placed', none), ('edited', none), ('validated', 'placed'), ('held', none), ('hold_released', none),
        ('pre_sold', none),
        ('allocated', none), ('backordered', none), ('exported', none), ('recalled', none),
        ('given_back', none), ('barred', none), ('assigned', none), ('released', none), ('picked', 'placed'),
        ('short_picked', none), ('packed', 'placed'), ('shipped', 'placed'), ('delivered', 'shipped'),
        ('cancelled', none), ('return_requested', 'shipped'), ('returned', 'shipped'), ('inspected', 'returned'),
        ('restocked', 'returned'), ('written_off', 'returned'), ('refunded', none), ('exchanged', 'returned')
    ]) }}
{% endmacro %}
{% macro event_rank() -%}
    case event_type {% for type, follows in event_types() %}when '{{ type }}' then {{ loop.index }} {% endfor %}end
{%- endmacro %}
{#- Events that share a limit count together: what came back is restocked or written off, not both. Python: `ALTERNATIVES`. -#}
{% macro event_group() %}case when event_type in ('restocked', 'written_off') then 'disposed' else event_type end{% endmacro %}
{#- What has happened of the event that this one follows, from running sums by line; null where nothing limits it. -#}
{% macro event_limit() -%}
    case {% for type, follows in event_types() if follows %}when event_type = '{{ type }}' then qty_{{ follows }} {% endfor %}end
{%- endmacro %}

{#- Events that something limits; with `followed` those that it does. -#}
{% macro limited_events(followed=none) -%}
    {%- set limited = [] -%}
    {%- for type, follows in event_types() if follows and followed in (none, follows) -%}
        {%- do limited.append("'" ~ type ~ "'") -%}
    {%- endfor -%}
    {{ limited | join(', ') }}
{%- endmacro %}

{#- What an order line waits for, from its state, the reason it is held for, and whether that is a SKU nobody described. -#}
{% macro waits_for(reason, is_undescribed, packed_at, qty_unreleased) %}
    case
        when line_state in ('cancelled', 'fulfilled') then 'nothing'
        when line_state = 'open' then 'decision'
        when line_state = 'backordered' and qty_pre_sold = qty_backordered then 'supply'
        when line_state = 'backordered' then 'stock'
        when line_state = 'allocated' and {{ packed_at }} is not null then 'carrier'
        when line_state = 'allocated' and {{ qty_unreleased }} >= qty_allocated then 'wave'
        when line_state = 'allocated' then 'warehouse'
        when {{ is_undescribed }} then 'product'
        when lower({{ reason }}) like '%payment%' then 'payment'
        when lower({{ reason }}) like '%address%' then 'address'
        when lower({{ reason }}) like '%fraud%' then 'fraud_review'
        when lower({{ reason }}) like '%duplicate%' then 'duplicate'
        else 'review'
    end
{% endmacro %}

{#- What an order waits for: the most pressing of what its lines wait for; an aggregate of lines. Python: `order_waits_for`.
    Golden: order_waits.csv -#}
{% macro order_waits_for() %}
    {%- set waits = [
        'fraud_review', 'payment', 'address', 'duplicate', 'review', 'product', 'decision', 'stock', 'supply', 'wave',
        'warehouse', 'carrier', 'nothing'
    ] -%}
    case min(case waits_for {% for wait in waits %}when '{{ wait }}' then {{ loop.index }} {% endfor %}end)
        {% for wait in waits %}when {{ loop.index }} then '{{ wait }}' {% endfor %}
    end
{%- endmacro %}

{#- `amount * part / whole` in minor units, halves away from zero, without overflow; for amounts not below 0. -#}
{% macro share_of_minor(amount, part, whole) -%}
    (
        {{ int_div(amount, whole) }} * ({{ part }})
        + {{ int_div("((" ~ amount ~ ") % (" ~ whole ~ ")) * (" ~ part ~ ") + " ~ int_div(whole, 2), whole) }}
    )
{%- endmacro %}

{#- Hours from what happened to a line first to what did then; null where it came first, by clocks that differ. -#}
{% macro duration(first_instant, last_instant) -%}
    case when {{ last_instant }} >= {{ first_instant }} then {{ hours_between(first_instant, last_instant) }} end
{%- endmacro %}

{#- The run that decided last; column run_id. -#}
{% macro latest_run(decisions) %}
    select run_id
    from (
        select run_id, row_number() over (order by effective_at desc, known_at desc, run_id desc) as recency
        from (select distinct run_id, effective_at, known_at from {{ decisions }}) as runs
    ) as ranked
    where recency = 1
{% endmacro %}

{% macro unfinished_lines() %}select order_line_id from {{ ref('int_unfinished_lines') }}{% endmacro %}
{#- The first day of any of these lines' facts, as a literal: scans skip what is older. -#}
{% macro unfinished_since() %}
    {{- return(two_days_before('select min(first_date) from ' ~ ref('int_unfinished_lines'))) -}}
{% endmacro %}

{#- All that was ever allocated to a line, by whoever: what our runs allocated and did not let expire, and what had been
    shipped beyond that when one of them did. Without the second part, a shipment that no run of ours allocated would use
    up a later allocation. Of runs in order, each makes it max(what it was, what was shipped by then) + what it
    allocates: the most that any of them, with all after it, makes of what was shipped before it. Columns order_line_id,
    first_allocated_at, qty_allocated_ever; only of `lines` (a query of ids, with no fact before the day `since`) that a
    run allocated. -#}
{% macro allocated_ever(allocations, lines, since) %}
    select
        order_line_id,
        min(decided_at) as first_allocated_at,
        cast(max(qty_since + qty_shipped_before) as bigint) as qty_allocated_ever
    from (
        select
            ours.order_line_id,
            ours.decided_at,
            ours.qty_since,
            coalesce(sum(shipments.quantity), 0) as qty_shipped_before
        from ({{ decided_since(allocations, ['order_line_id'], lines, since) }}) as ours
        left join {{ ref('int_order_shipments') }} as shipments
            on ours.order_line_id = shipments.order_line_id
            and shipments.known_at <= ours.decided_at
            and shipments.business_date >= {{ since }}
        group by ours.order_line_id, ours.decided_at, ours.qty_since
    ) as by_run
    group by order_line_id
{% endmacro %}

{#- By a key and the instant of each run: what it and all runs after it allocated and did not let expire. -#}
{% macro decided_since(allocations, key, lines, since) %}
    select
        {{ key | join(', ') }},
        decided_at,
        sum(quantity) over (
            partition by {{ key | join(', ') }}
            order by decided_at desc
            rows between unbounded preceding and current row
        ) as qty_since
    from (
        select
            {{ key | join(', ') }},
            effective_at as decided_at,
            sum(case when decision = 'expired' then -quantity else quantity end) as quantity
        from {{ allocations }} as decided
        where
            decision in ('allocated', 'expired') and business_date >= {{ since }}
            and order_line_id in ({{ lines }})
        group by {{ key | join(', ') }}, effective_at
    ) as decided_by_run
{% endmacro %}

{#- Reserved by order line and location: what a run and those after it allocated there and was not shipped from there since
    that run, whichever leaves most (what was shipped before fills none of it), at most what the line still
    waits for. The cap frees stock that was promised here and then shipped from elsewhere, or cancelled; what is
    outstanding does not know of cancellations. -#}
{% macro reservations(allocations) %}
    {%- set since = unfinished_since() -%}
    with totals as (
        {{ allocated_ever(allocations, unfinished_lines(), since) }}
    ),

    allocated as (
        {{ decided_since(
            allocations, ['order_line_id', 'sku', 'location_id'], 'select order_line_id from totals', since
        ) }}
    ),

    caps as (
        select
            order_line_id,
            {{ qty_promised() }} as qty_promised,
            greatest(qty_allocated_ever - qty_shipped, 0) as qty_outstanding
        from (
            select totals.order_line_id, totals.qty_allocated_ever, lines.qty_shipped, lines.qty_rest
            from totals
            inner join {{ ref('int_unfinished_lines') }} as lines on totals.order_line_id = lines.order_line_id
        ) as lines
    ),

    undone as (
        select order_line_id, sku, location_id, greatest(max(qty_since - qty_shipped), 0) as qty_undone
        from (
            select
                allocated.order_line_id,
                allocated.sku,
                allocated.location_id,
                allocated.decided_at,
                allocated.qty_since,
                coalesce(sum(shipments.quantity), 0) as qty_shipped
            from allocated
            left join {{ ref('int_order_shipments') }} as shipments
                on allocated.order_line_id = shipments.order_line_id
                and allocated.location_id = shipments.location_id
                and shipments.known_at > allocated.decided_at
                and shipments.business_date >= {{ since }}
            group by
                allocated.order_line_id, allocated.sku, allocated.location_id, allocated.decided_at,
                allocated.qty_since
        ) as by_run
        group by order_line_id, sku, location_id
    ),

    running as (
        select
            undone.*,
            sum(qty_undone) over (
                partition by order_line_id
                order by location_id, sku
                rows between unbounded preceding and current row
            ) - qty_undone as qty_before
        from undone
    )

    select
        running.order_line_id,
        running.sku,
        running.location_id,
        cast(greatest(least(qty_undone, qty_promised - qty_before), 0) as bigint) as qty_reserved,
        cast(greatest(least(qty_undone, qty_outstanding - qty_before), 0) as bigint) as qty_outstanding
    from running
    inner join caps on running.order_line_id = caps.order_line_id
{% endmacro %}

{#- What documents ask locations for, by order line: a document that another revision replaced asks for nothing. Only
    of unfinished lines. -#}
{% macro told(exports) %}
    {%- set document = ['partner_id', 'document_type', 'location_id', 'wave'] -%}
    select exports.order_line_id, exports.sku, exports.location_id, {{ sum_bigint('exports.quantity') }} as qty_told
    from {{ exports }} as exports
    left join (
        select {{ document | join(', ') }}, max(revision) as revision
        from {{ exports }} as revisions
        where revision > 1
        group by {{ document | join(', ') }}
    ) as revised
        on {% for column in document %}exports.{{ column }} = revised.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
    where
        exports.business_date >= {{ unfinished_since() }}
        and exports.order_line_id in ({{ unfinished_lines() }})
        and (revised.revision is null or exports.revision = revised.revision)
    group by exports.order_line_id, exports.sku, exports.location_id
{% endmacro %}

{#- Of what is reserved, what no document has asked its location for yet: allocated there, neither told (`told`) since nor
    ended before it was; only such an end bears the `release_due_at` of what it ended. -#}
{% macro unreleased(allocations, told, reservations) %}
    with pending as (
        select order_line_id, sku, location_id, qty_reserved from {{ reservations }} as reservations where qty_reserved > 0
    ),

    decided as (
        select
            order_line_id, sku, location_id,
            sum(case when decision = 'expired' then -quantity else quantity end) as quantity,
            max(case when decision = 'allocated' then release_due_at end) as release_due_at
        from {{ allocations }} as decided
        where
            (decision = 'allocated' or (decision = 'expired' and release_due_at is not null))
            and business_date >= {{ unfinished_since() }}
            and order_line_id in (select order_line_id from pending)
        group by order_line_id, sku, location_id
    )

    select
        pending.order_line_id,
        pending.sku,
        pending.location_id,
        cast(least(pending.qty_reserved, decided.quantity - coalesce(told.qty_told, 0)) as bigint) as qty_unreleased,
        decided.release_due_at
    from pending
    inner join decided
        on pending.order_line_id = decided.order_line_id
        and pending.sku = decided.sku
        and pending.location_id = decided.location_id
    left join {{ told }} as told
        on pending.order_line_id = told.order_line_id
        and pending.sku = told.sku
        and pending.location_id = told.location_id
    where decided.quantity > coalesce(told.qty_told, 0)
{% endmacro %}
