"""What of a published plan says whether its proposals are ordinary: the facts that `releasing` judges, read.

Belongs here: the query. Does not belong here: the verdict (`oms_core.replenishment.proposing.releasing`).
"""

from __future__ import annotations

from collections.abc import Iterable

from oms_core.replenishment.proposing.releasing import DEMAND_WEEKS, Verdict, verdicts
from oms_core.store.published.late_feeds import LATE_FEEDS
from oms_core.store.published.snapshots import Snapshot

#: A feed that comes every few days tells what is asked for and what is there; after four weeks of silence it has ended,
#: as a place has whose demand was taken as unknown.
_COMES_WITHIN_DAYS, _ENDED_AFTER_DAYS = 3, 28
_HAS_TERMS = """
    select count(*)::bigint as columns from information_schema.columns
    where table_name = 'fct_safety_stock' and column_name = 'release_transfers'"""
_IS_SET = """
    select count(*)::bigint from fct_safety_stock
    where is_current and (release_transfers = 1 or release_order_minor > 0)"""
#: Of each proposal of the plan. What is asked of a place is asked, too, of those that it replenishes. What an override
#: leaves empty covers all; it counts once its days reach into those that the level covers. A place that was silent is
#: in doubt until its file has come or each weekday was heard anew; that its shelf lacks what nobody told, a count says.
FACTS = f"""
    with plan as (select * from fct_replenishment),
    today as (select max(business_date) as day from plan),
    levels as (select * from fct_safety_stock where is_current),
    ends as (
        select proposal_ref, sku, location_id from plan
        union
        select proposal_ref, sku, from_location_id from plan where from_location_id is not null
    ),
    served as (
        with recursive below as (
            select sku, location_id, location_id as served_id from levels
            where (sku, location_id) in (select sku, location_id from plan)
            union
            select below.sku, below.location_id, levels.location_id
            from below
            inner join levels on below.sku = levels.sku and below.served_id = levels.replenished_from
            where levels.network_planning = 1
        )
        select * from below
    ),
    asked as (
        select served.sku, served.location_id, min(business_date) filter (qty_demand > 0) as first_asked,
               (coalesce(sum(qty_demand) filter (business_date > today.day - {7 * DEMAND_WEEKS}), 0))::bigint
                   as qty_asked
        from served
        inner join fct_demand_daily as daily on served.sku = daily.sku and served.served_id = daily.location_id
        cross join today
        group by served.sku, served.location_id
    ),
    silent as (
        select segment as location_id from fct_forecast_accuracy
        where metric = 'days_unheard_7' and value > 0 and run_id in (select run_id from plan)
    ),
    alarmed as (
        select proposal_ref, string_agg(told, ', ' order by told) as alarms
        from (
            select distinct ends.proposal_ref, kind || ' (' || segment || ')' as told
            from ends
            left join levels using (sku, location_id)
            inner join rpt_forecast_alarms on segment in ('all', levels.abc_class, ends.location_id)
            where kind <> 'silence' or segment in (select location_id from silent)
        ) group by proposal_ref
    ),
    doubted as (
        select ends.proposal_ref, string_agg(
            qty_in_doubt || ' at ' || location_id || coalesce(' (' || nullif(doubt_reason, '') || ')', ''), ', '
            order by location_id) as doubts
        from ends inner join fct_inventory_position using (sku, location_id)
        where qty_in_doubt > 0
        group by ends.proposal_ref
    ),
    overridden as (
        select plan.proposal_ref,
               string_agg(distinct said.override_ref, ', ' order by said.override_ref) as override_refs
        from plan
        cross join today
        left join levels on plan.sku = levels.sku and plan.location_id = levels.location_id
        left join dim_product as products on plan.sku = products.sku
        inner join fct_forecast_overrides as said
            on said.is_in_force
            and coalesce(nullif(said.sku, ''), plan.sku) = plan.sku
            and coalesce(nullif(said.location_id, ''), plan.location_id) = plan.location_id
            and (coalesce(said.category, '') = '' or said.category = products.category)
            and said.first_date <= today.day + coalesce(levels.protection_days, 0)::integer
        group by plan.proposal_ref
    ),
    refused as (
        select supplier_id, sku, location_id, qty_promised || ' of ' || quantity || ' (' || order_ref || ')' as refusals
        from (
            select partner_id as supplier_id, sku, location_id, order_ref, quantity, qty_promised,
                   row_number() over (
                       partition by partner_id, sku, location_id order by ordered_at desc, order_ref desc) as place
            from fct_supply_orders
            where document_type = 'purchase_order' and supply_state in ('confirmed', 'refused')
        ) where place = 1 and qty_promised < quantity
    ),
    late as (
        select string_agg(feed, ', ' order by feed) as late_feeds from ({LATE_FEEDS})
        where usual_days <= {_COMES_WITHIN_DAYS} and age_days <= {_ENDED_AFTER_DAYS}
    )
    select plan.proposal_ref, plan.kind, plan.sku, plan.location_id, plan.supplier_id, plan.quantity, plan.value_minor,
           (ceil(greatest(coalesce(plan.min_order_quantity, 1), 1) / plan.pack_quantity) * plan.pack_quantity)::bigint
               as least_quantity,
           plan.currency, plan.waits_for, plan.business_date, levels.policy_version, levels.release_transfers,
           levels.release_order_minor, coalesce(levels.release_weeks, 0) as release_weeks,
           case when coalesce(suppliers.min_order_currency, plan.currency) = plan.currency
                then suppliers.min_order_value_minor end as min_order_value_minor,
           coalesce(asked.qty_asked, 0) as qty_asked, asked.first_asked, alarmed.alarms, doubted.doubts,
           overridden.override_refs, refused.refusals, late.late_feeds
    from plan
    cross join late
    left join levels on plan.sku = levels.sku and plan.location_id = levels.location_id
    left join asked on plan.sku = asked.sku and plan.location_id = asked.location_id
    left join dim_supplier as suppliers on plan.supplier_id = suppliers.supplier_id
    left join alarmed on plan.proposal_ref = alarmed.proposal_ref
    left join doubted on plan.proposal_ref = doubted.proposal_ref
    left join overridden on plan.proposal_ref = overridden.proposal_ref
    left join refused on plan.kind = 'purchase' and plan.supplier_id = refused.supplier_id
        and plan.sku = refused.sku and plan.location_id = refused.location_id
    where plan.proposal_ref is not null
    order by plan.proposal_ref"""  # noqa: S608 - our own texts


def read_verdicts(snapshot: Snapshot, held_feeds: Iterable[str]) -> dict[str, Verdict]:
    """The verdict on each proposal of the snapshot's plan, by its ref; none where no rule would release any, as of a
    plan that an earlier version published. `held_feeds`: those that a file stops."""
    is_set = bool(_first(snapshot, _HAS_TERMS)) and bool(_first(snapshot, _IS_SET))
    return verdicts(snapshot.query(FACTS).to_pylist(), held_feeds) if is_set else {}


def _first(snapshot: Snapshot, sql: str) -> object:
    return snapshot.query(sql).column(0)[0].as_py()
