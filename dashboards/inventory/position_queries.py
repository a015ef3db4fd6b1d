"""One SKU at one location, now: how what may be sold comes about, what is promised, what is coming.

Belongs here: queries on one position, and the steps from on hand to available. Does not belong here: the ledger behind
it (`ledger`), any look.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboards.parts import format as fmt
from dashboards.source import Query


def position(sku: str, location_id: str) -> Query:
    """The position with its product, its location, its level and its promised lines; no row where there is none."""
    return Query(
        """
    select p.*, product.description, place.name as location_name, place.timezone,
           place.kind = 'drop_shipper' as is_his_own,
           level.policy_version, level.policy_scope, level.service_level_target, level.target_measure,
           (select count(*) from fct_reservations as r
            where r.sku = p.sku and r.location_id = p.location_id and qty_pending > 0)::bigint as reservation_count
    from fct_inventory_position as p
    left join dim_product as product using (sku)
    left join dim_location as place on place.location_id = p.location_id
    left join fct_safety_stock as level
        on level.sku = p.sku and level.location_id = p.location_id and level.is_current
    where p.sku = ? and p.location_id = ?""",
        (sku, location_id),
    )


def channels(sku: str, location_id: str) -> Query:
    """What each channel may sell of it here and in all, and what is kept for it or for others."""
    return Query(
        """
    select channel.channel_id, channel.name, coalesce(part.qty_protected, 0) as qty_protected,
           coalesce(part.qty_protected_for_others, 0) as qty_protected_for_others,
           coalesce(part.qty_ats, 0) as qty_ats, coalesce(network.qty_ats, 0) as qty_network_ats,
           coalesce(network.location_count, 0) as location_count,
           coalesce(part.qty_pre_sell, 0) as qty_pre_sell
    from dim_channel as channel
    left join fct_ats_by_channel as part
        on part.channel_id = channel.channel_id and part.sku = $1 and part.location_id = $2
    left join fct_ats_network as network on network.channel_id = channel.channel_id and network.sku = $1
    order by channel.priority, channel.channel_id""",
        (sku, location_id),
    )


def atp(sku: str, location_id: str) -> Query:
    """What may be promised from which day on, supply by supply; `qty_free` is what is nobody's of each."""
    return Query(
        """
    select available_date, supply_type, supply_ref, expected_date, qty_supply, qty_pegged, qty_pre_sold,
           qty_supply - qty_pegged as qty_free, qty_atp
    from fct_atp where sku = ? and location_id = ? order by available_date, supply_type, supply_ref""",
        (sku, location_id),
    )


def reservations(sku: str, location_id: str) -> Query:
    """What is promised from here and has not left, the oldest first, with what its line waits for."""
    return Query(
        """
    select r.reserved_at, r.order_id, line.order_ref, line.channel_id, r.qty_reserved, r.qty_pending, r.qty_posted,
           line.waits_for, line.promised_date, line.placed_at, r.run_id
    from fct_reservations as r left join fct_order_lines as line using (order_line_id)
    where r.sku = ? and r.location_id = ? and r.qty_pending > 0 order by r.reserved_at, r.order_id""",
        (sku, location_id),
    )


def steps(position: Mapping[str, Any]) -> pd.DataFrame:
    """From what lies there to what may be sold: `part`, `units` (signed) and `why`, in order; they sum to the last."""
    on_hand, to_sell = position["qty_on_hand"], position["qty_ats"]
    taken = {name: -position[name] for name in ("qty_reserved", "qty_set_aside", "qty_kept_back", "qty_in_doubt")}
    taken["qty_blocked"] = -max(position["qty_blocked"], 0)
    rows = [
        ("On hand", on_hand, "the sum of the postings below"),
        ("Blocked", taken["qty_blocked"], "damaged, on hold or still to be inspected"),
        ("Reserved", taken["qty_reserved"], _why_reserved(position)),
        ("Kept back", taken["qty_kept_back"], _why_kept_back(position)),
        ("In doubt", taken["qty_in_doubt"], position["doubt_reason"] or "nothing speaks against the ledger"),
    ]
    taken["qty_oversell"] = position["qty_oversell"]
    if position["qty_oversell"]:
        rows.insert(2, ("Oversell", taken["qty_oversell"], "a rule lets it promise beyond what lies there"))
    if position["qty_set_aside"]:
        rows.insert(-2, ("Set aside", taken["qty_set_aside"], "for held lines that were sold it ahead of supply"))
    lacking = to_sell - on_hand - sum(taken.values())
    if lacking:
        rows.append(("Not below 0", lacking, "more is blocked, promised, kept or in doubt than lies there"))
    rows.append(("Available to sell", to_sell, "what may be promised to a customer now"))
    return pd.DataFrame(rows, columns=["part", "units", "why"])


def _why_reserved(position: Mapping[str, Any]) -> str:
    count = position["reservation_count"]
    return (
        f"promised to {count:,} order line{'s' if count != 1 else ''}, not shipped yet" if count else "nothing promised"
    )


def _why_kept_back(position: Mapping[str, Any]) -> str:
    if position["policy_scope"] is None:
        return "no level is set for it"
    units = f"of {position['qty_safety_stock']:,} units of safety stock"
    if not position["qty_kept_back"]:
        return f"nothing {units}: orders may take them"
    kind, _, value = position["policy_scope"].partition(":")
    rule = {"default": "the default", "abc_class": f"class {value}", "sku": "its own rule"}.get(kind, kind)
    target = fmt.level(position["service_level_target"])
    measure = fmt.code(position["target_measure"] or "cycle_service")
    asked = f"for {target} {measure}, by {rule} of policy version {position['policy_version']}"
    return f"{units}, {asked}: kept from orders"
