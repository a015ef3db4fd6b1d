{#- Where the order desk says that an unfinished line may not go, and where it must: its last word on that wins over a bar.
    Read by Python. -#}
{{ config(tags=['ground']) }}

with said as (
    select
        order_line_id,
        location_id,
        event_type,
        row_number() over (
            partition by order_line_id, event_type, case when event_type = 'barred' then location_id end
            order by effective_at desc, event_id desc
        ) as recency
    from {{ ref('int_order_events') }}
    where
        event_type in ('barred', 'assigned')
        and business_date >= {{ unfinished_since() }}
        and order_line_id in ({{ unfinished_lines() }})
)

select order_line_id, location_id, event_type as word
from said
where recency = 1
