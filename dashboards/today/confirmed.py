"""What suppliers' confirmations leave for a person: purchases that come less or later, and what is said of no order.

Belongs here: these selections. Does not belong here: their words and columns (`worklists`).
"""

from __future__ import annotations

#: Days, counted back from the last confirmation, for which a refusal is news.
REFUSED_DAYS = 14

#: What is told of an order that nobody has stated: of a customer's, and of a purchase.
UNKNOWN_FACTS = """
    select fact_type, order_line_id, quantity, effective_at, known_at from rpt_waiting_events
    union all
    select kind || ' by ' || supplier_id, po_ref || ':' || line_ref, quantity, effective_at, known_at
    from fct_supplier_confirmations where is_in_force and not is_known"""

#: Purchases of ours that are to come and for less or later than ordered, and those that were refused lately.
CUT_SUPPLY = f"""
    select * from (
        select export_id, order_ref, partner_id, sku, location_id, quantity, expected_date, qty_promised, promised_date,
               qty_shipped, arrival_date, qty_received, supply_state, confirmed_at, value_minor, currency,
               quantity - greatest(coalesce(qty_promised, quantity), qty_shipped) as qty_missing
        from fct_supply_orders
        where qty_coming > 0
           or (supply_state = 'refused' and confirmed_at > (
                  select max(confirmed_at) from fct_supply_orders) - interval {REFUSED_DAYS} day)
    )
    where supply_state = 'refused' or qty_missing > 0 or greatest(promised_date, arrival_date) > expected_date"""  # noqa: S608 - our own texts
