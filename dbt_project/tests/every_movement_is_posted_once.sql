{{ config(tags=['ground'], severity='error', meta={'dagster': {'ref': {'name': 'fct_inventory_postings'}}}) }}

{% set floor = tested_from('stock_from') %}

with movements as (
    select
        movement_id,
        {# What came back and must be looked at first. #}
        case
            when is_uninspected and movement_id in (select movement_id from {{ ref('int_blocked_moves') }}) then 'blocked'
            else account
        end as account,
        quantity,
        business_date
    from {{ ref('int_inventory_movements') }}
    where business_date >= {{ floor }}
    union all
    select movement_id, 'on_hand' as account, qty_variance as quantity, business_date
    from {{ ref('int_count_variances') }}
    where qty_variance <> 0 and business_date >= {{ floor }}
    union all
    select movement_id, 'on_hand' as account, qty_moved as quantity, business_date
    from {{ ref('int_count_holds') }}
    where qty_moved <> 0 and business_date >= {{ floor }}
),

posted as (
    select movement_id, case when account = 'drop_ship' then 'on_hand' else account end as account, quantity, business_date
    from {{ ref('fct_inventory_postings') }}
    where
        account in {{ held_accounts() }} and not (account = 'blocked' and movement_kind in ('block', 'unblock'))
        and business_date >= {{ floor }}
)

select coalesce(movements.movement_id, posted.movement_id) as movement_id, movements.quantity, posted.quantity as qty_posted
from movements
full outer join posted on movements.movement_id = posted.movement_id
where
    movements.movement_id is null
    or posted.movement_id is null
    or movements.account <> posted.account
    or movements.quantity <> posted.quantity
    or movements.business_date <> posted.business_date
