"""From levels and positions to what to buy and to move: read, propose, land.

Belongs here: what is read for it and what is landed. Does not belong here: the rules (`oms_core.replenishment`).
"""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from oms_core.contracts.decisions import REPLENISHMENT
from oms_core.replenishment.holding.levels import PLANNED_WITH
from oms_core.replenishment.proposing.deciding import counted_until, proposal_ref
from oms_core.replenishment.proposing.proposals import propose
from oms_core.store.operations import open_operations
from pipelines.home import Home, wall_clock
from pipelines.log import Log, land_decision
from pipelines.modelling.warehouse import load, select_frame
from pipelines.ticket import Ticket

#: What is for sale is taken as the run leaves it: less what was reserved before and what it has just promised. What
#: waits is demand that the position owes already. A transfer that was ordered and has not left yet is as good as gone
#: from here, and as good as there. Nothing is bought for a place that ships its supplier's own stock, nor for one that
#: never held what such a place ships in its stead. Stored when an order arrives: the position less mean demand until
#: then.
#: What is left of a SKU that this one replaces serves those who still ask for that one: it counts up to their share of
#: the level, by what was asked of both in the four weeks up to `$until`; all of it where nothing was.
#: A supplier's turn for a place comes a review period after the last order to it, ours or another buyer's; of ours the
#: day counts on which we made it, not the one on which the supplier took it.
TRANSFERS = ("transfer_cost_minor", "transfer_cost_share", "transfer_days")
POSITIONS = f"""
    with parts as (
        select sku, location_id, qty_sellable - qty_reserved - qty_in_doubt as qty_free,
               qty_sellable - qty_reserved as qty_position
        from int_stock_balance
        union all
        select sku, location_id, case decision when 'allocated' then -quantity else quantity end as freed, freed
        from raw.allocations
        where run_id = $run_id and (decision = 'allocated' or reason_code = 'replaced')
        union all
        select sku, location_id, 0, qty_coming from int_coming_supply
        union all
        select sku, location_id, 0, quantity from int_supply_orders
        where document_type = 'transfer_order' and supply_state = 'awaited'
        union all
        select sku, from_location_id, -quantity, -quantity from int_supply_orders
        where document_type = 'transfer_order' and supply_state = 'awaited'
        union all
        select decided.sku, lines.demand_location_id, 0, -decided.quantity
        from raw.allocations as decided
        inner join int_order_lines as lines using (channel_id, order_ref, line_ref)
        where decided.run_id = $run_id and decided.decision = 'backordered'
    ),
    expected as (
        select balance.sku, balance.location_id, sum(qty_position) as qty_position
        from parts as balance group by balance.sku, balance.location_id
    ),
    asked as (
        select coalesce(products.successor_sku, daily.sku) as sku, daily.location_id,
               sum(qty_demand) filter (products.successor_sku is not null) / nullif(sum(qty_demand), 0) as former_share
        from fct_demand_daily as daily inner join dim_product as products on daily.sku = products.sku
        where business_date > $until::date - 28 and business_date <= $until::date
          and coalesce(products.successor_sku, daily.sku) in (select successor_sku from dim_product)
        group by all
    ),
    former as (
        select products.successor_sku as sku, expected.location_id, sum(greatest(expected.qty_position, 0)) as qty_left
        from expected inner join dim_product as products on expected.sku = products.sku
        where products.successor_sku is not null
        group by all
    ),
    replaced as (
        select levels.sku, levels.location_id,
               least(qty_left, floor(coalesce(former_share, 1) * levels.qty_order_up_to))::bigint as qty_replaced
        from former
        inner join raw.safety_stock as levels
            on former.sku = levels.sku and former.location_id = levels.location_id and levels.run_id = $run_id
        left join asked on former.sku = asked.sku and former.location_id = asked.location_id
    ),
    turns as (
        select supplier_id, location_id, max(ordered_date) as ordered_date
        from (
            select partner_id as supplier_id, location_id, ordered_at::date as ordered_date
            from int_supply_orders
            where document_type = 'purchase_order' and supply_state not in ('cancelled', 'refused')
            union all
            select supplier_id, location_id, placed_date from int_purchase_lines
            where status <> 'cancelled' and po_ref not in (select order_ref from int_supply_orders)
        ) group by supplier_id, location_id
    ),
    stored as (
        select expected.location_id,
               sum(greatest(expected.qty_position - coalesce(levels.qty_lead_time_demand_mean, 0), 0))::double
                   as qty_stored,
               sum(greatest(expected.qty_position - coalesce(levels.qty_lead_time_demand_mean, 0), 0)
                   * coalesce(products.unit_volume_ml, 0))::double as stored_ml
        from expected
        left join raw.safety_stock as levels
            on expected.sku = levels.sku and expected.location_id = levels.location_id and levels.run_id = $run_id
        left join dim_product as products on expected.sku = products.sku
        group by expected.location_id
    )
    select levels.sku, levels.location_id, greatest(coalesce(sum(qty_free), 0), 0)::bigint as qty_on_hand_free,
           (coalesce(sum(qty_position), 0) + coalesce(any_value(qty_replaced), 0))::bigint as qty_position,
           coalesce(any_value(qty_replaced), 0)::bigint as qty_replaced,
           any_value(levels.qty_reorder_point) as qty_reorder_point,
           any_value(levels.qty_order_up_to) as qty_order_up_to,
           {", ".join(f"any_value(levels.{name}) as {name}" for name in (*PLANNED_WITH, *TRANSFERS))},
           any_value(nullif(products.supplier_id, '')) as supplier_id,
           any_value(products.pack_quantity) as pack_quantity,
           any_value(products.min_order_quantity) as min_order_quantity,
           any_value(products.unit_cost_minor) as unit_cost_minor,
           any_value(products.unit_price_minor) as unit_price_minor, any_value(products.currency) as currency,
           any_value(products.is_active) as is_active, any_value(products.unit_volume_ml) as unit_volume_ml,
           any_value(levels.shelf_life_days) as shelf_life_days, any_value(levels.holding_share) as holding_share,
           any_value(levels.order_cost_minor) as order_cost_minor,
           $today::date - any_value(turns.ordered_date) as days_since_order,
           any_value(locations.capacity_units) as capacity_units,
           any_value(locations.capacity_litres) as capacity_litres,
           any_value(stored.qty_stored) as qty_stored, any_value(stored.stored_ml) as stored_ml,
           any_value(case when coalesce(suppliers.min_order_currency, products.currency) = products.currency
                     then suppliers.min_order_value_minor end) as min_order_value_minor
    from raw.safety_stock as levels
    inner join dim_product as products using (sku)
    inner join dim_location as locations on levels.location_id = locations.location_id
    left join dim_supplier as suppliers on products.supplier_id = suppliers.supplier_id
    left join turns on products.supplier_id = turns.supplier_id and levels.location_id = turns.location_id
    left join stored on levels.location_id = stored.location_id
    left join replaced on levels.sku = replaced.sku and levels.location_id = replaced.location_id
    left join parts on levels.sku = parts.sku and levels.location_id = parts.location_id
    where levels.run_id = $run_id and locations.kind <> 'drop_shipper'
      and (
          exists (from int_stock_balance held where held.sku = levels.sku and held.location_id = levels.location_id)
          or not exists (
              from int_stock_balance shipped inner join dim_location using (location_id)
              where shipped.sku = levels.sku and kind = 'drop_shipper'
          )
      )
    group by levels.sku, levels.location_id order by levels.sku, levels.location_id"""  # noqa: S608 - names are ours
_ORDERED = "select distinct export_id from raw.supply_orders"
_GRID = """
    select sku, location_id, probability, qty_demand, qty_lead_time_demand from raw.interval_demand
    where run_id = $run_id"""


def propose_replenishment(home: Home, ticket: Ticket) -> dict[str, int]:
    """Propose purchases and transfers, once a run; how many of each, and the purchases' value in minor units."""
    if not Log(home.landing).of_run(ticket.run_id, REPLENISHMENT.name):
        run = {"run_id": ticket.run_id}
        known = {**run, "until": ticket.last_whole_day, "today": ticket.business_date}
        positions = select_frame(home, POSITIONS, known)
        today = pd.Timestamp(ticket.business_date)
        proposals = propose(positions, select_frame(home, _GRID, run), today=today)
        if len(proposals):
            table = _table(proposals, ticket, _counted_until(home))
            land_decision(Log(home.landing), table, REPLENISHMENT.name, ticket.run_id, ticket.as_of)
    load(home, ticket.as_of, ticket.run_id)
    return _summary(home, ticket)


def _summary(home: Home, ticket: Ticket) -> dict[str, int]:
    counted = select_frame(
        home,
        """select count(*) filter (kind = 'purchase') as purchases, count(*) filter (kind = 'transfer') as transfers,
                  coalesce(sum(value_minor) filter (kind = 'purchase'), 0)::bigint as purchase_value_minor
           from raw.replenishment where run_id = $run_id""",
        {"run_id": ticket.run_id},
    )
    return {str(name): int(value) for name, value in counted.iloc[0].items()}


def _counted_until(home: Home) -> int:
    """The last decision on proposals up to which positions know all that was accepted: the documents landed by now."""
    ordered = select_frame(home, _ORDERED)["export_id"]
    with open_operations(home.database_url, now=wall_clock()) as store:
        accepted, last = store.accepted_proposals()
    return counted_until(accepted, ordered, last)


def _table(proposals: pd.DataFrame, ticket: Ticket, decision_number: int) -> pa.Table:
    keys = proposals[["kind", "sku", "location_id", "from_location_id"]].astype(object)
    keys = keys.where(keys.notna(), None)
    whole = proposals.assign(
        run_id=ticket.run_id,
        proposal_ref=[proposal_ref(ticket.run_id, *key) for key in keys.itertuples(index=False)],
        decision_number=decision_number,
        min_order_quantity=proposals["min_order_quantity"].astype("Int64"),
        effective_at=ticket.as_of,
        business_date=ticket.business_date,
        expected_date=pd.to_datetime(proposals["expected_date"]).dt.date,
        gain_minor=proposals["gain_minor"].astype("Int64"),
        waits_for=proposals["waits_for"].where(proposals["waits_for"].notna(), None).astype(object),
    )
    table = pa.Table.from_pandas(
        whole[list(REPLENISHMENT.names)], schema=REPLENISHMENT.arrow_schema, preserve_index=False
    )
    return table.replace_schema_metadata()
