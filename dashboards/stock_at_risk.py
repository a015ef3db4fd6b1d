"""Stock that runs out before an order placed today would be there: the rule, as the pages that tell of it share it.

Belongs here: the query. Does not belong here: levels and proposals (`oms_core.replenishment`), any page's look.
"""

from __future__ import annotations

#: One row a SKU and location of which a mean lead time's demand exceeds, by a unit or more, what is free there and what
#: comes within that time and is nobody's yet. `value_minor`: those units at list price, the sales that are at stake.
AT_RISK = """
    with levels as (
        select sku, location_id, qty_lead_time_demand_mean as qty_demand,
               cast(ceil(lead_time_days_mean) as integer) as lead_time_days
        from fct_safety_stock where is_current
    ),
    coming as (
        select supply.sku, supply.location_id, sum(supply.qty_supply - supply.qty_pegged) as qty_coming
        from fct_atp as supply
        join levels using (sku, location_id)
        join fct_inventory_position as position using (sku, location_id)
        where supply.supply_type <> 'on_hand'
          and supply.available_date <= position.as_of_date + levels.lead_time_days
        group by all
    )
    select position.sku, product.description, position.abc_class, position.location_id,
           position.qty_on_hand - greatest(position.qty_blocked, 0) as qty_sellable,
           greatest(qty_sellable - position.qty_reserved - position.qty_in_doubt, 0) as qty_free,
           coalesce(coming.qty_coming, 0)::bigint as qty_coming, levels.qty_demand, levels.lead_time_days,
           round(levels.qty_demand - qty_free - coalesce(coming.qty_coming, 0))::bigint as qty_short,
           (qty_short * product.unit_price_minor)::bigint as value_minor, product.currency
    from fct_inventory_position as position
    join levels using (sku, location_id)
    join dim_product as product using (sku)
    left join coming using (sku, location_id)
    where qty_short >= 1"""
