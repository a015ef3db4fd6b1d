"""What the overview asks of the snapshot.

Belongs here: its queries and the figures made of their answers. Does not belong here: their look (`page`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from dashboards.source import Query

#: Days over which service is told: long enough to be steady, short enough to be about now.
SERVICE_DAYS = 28

ORDERS_BY_STATE = Query("select order_state, count(*)::bigint as orders from fct_orders group by all order by all")
LINES_BY_STATE = Query("""
    select line_state, count(*)::bigint as lines from fct_order_lines group by all order by all""")
UNDONE = Query("""
    select coalesce(sum(qty_backordered), 0)::bigint as qty_backordered, coalesce(sum(qty_held), 0)::bigint as qty_held,
           coalesce(sum(qty_allocated), 0)::bigint as qty_allocated,
           count(*) filter (qty_backordered > 0)::bigint as backordered_lines,
           count(*) filter (qty_held > 0)::bigint as held_lines
    from fct_order_lines""")
STOCK = Query("""
    select currency, sum(stock_value_minor)::bigint as stock_value_minor, sum(qty_on_hand)::bigint as qty_on_hand
    from fct_inventory_position group by currency order by stock_value_minor desc, currency""")
SAFETY_STOCK = Query("""
    select currency, sum(investment_minor)::bigint as investment_minor,
           sum(qty_safety_stock)::bigint as qty_safety_stock
    from fct_safety_stock where is_current group by currency order by investment_minor desc, currency""")
EXPECTED_SERVICE = Query("""
    select sum(service_level_expected * qty_demand_mean) / nullif(sum(qty_demand_mean), 0) as expected,
           sum(service_level_target * qty_demand_mean) / nullif(sum(qty_demand_mean), 0) as target
    from fct_safety_stock where is_current""")
EXPORTS = Query("""
    select business_date, count(distinct export_id)::bigint as documents, count(*)::bigint as lines,
           sum(qty_exported)::bigint as qty_exported
    from fct_exports group by business_date order by business_date desc limit 1""")
BACKORDERS = Query("""
    select placed_at, order_id, channel_id, sku, description, qty_backordered, promised_date, pegged_to,
           alternative_location_id, substitute_sku, reason
    from fct_backorders left join dim_product using (sku) order by placed_at, order_line_id limit 200""")
STOCKED_OUT = Query("""
    select sku, description, location_id, qty_demand_per_day, qty_on_hand, qty_inbound, next_inbound_date
    from fct_inventory_position left join dim_product using (sku)
    where fct_inventory_position.abc_class = 'A' and qty_on_hand <= 0 and qty_demand_per_day > 0
    order by qty_demand_per_day desc, sku, location_id limit 200""")
QUARANTINED = Query("""
    select known_at, feed, file_name, row_number, reason_code, reason
    from rpt_quarantine order by known_at desc, feed, file_name, row_number limit 200""")
HELD = Query("""
    select placed_at, order_id, channel_id, sku, qty_held,
           (select max_by(reason, effective_at) from fct_order_events as event
            where event.order_line_id = line.order_line_id and event_type = 'held') as reason
    from fct_order_lines as line where qty_held > 0 order by placed_at, order_line_id limit 200""")
COUNTS = Query("""
    select (select count(*) from fct_backorders)::bigint as backorders,
           (select count(*) from fct_inventory_position
            where abc_class = 'A' and qty_on_hand <= 0 and qty_demand_per_day > 0)::bigint as stocked_out,
           (select count(*) from rpt_quarantine)::bigint as quarantined,
           (select count(*) from fct_order_lines where qty_held > 0)::bigint as held""")


def service(as_of: date) -> Query:
    """Units of the last weeks' lines by what became of them."""
    return Query(
        """
    select coalesce(sum(qty_ordered - qty_cancelled), 0)::bigint as qty_wanted,
           coalesce(sum(qty_fulfilled), 0)::bigint as qty_fulfilled,
           coalesce(sum(qty_backordered), 0)::bigint as qty_backordered
    from fct_order_lines where business_date > ?""",
        (as_of - timedelta(days=SERVICE_DAYS),),
    )


def accuracy(run_id: str) -> Query:
    """Scaled pinball loss by model over the latest back-test: this run's, else the one of the latest origin."""
    return Query(
        """
    select model, avg(value) as spl from fct_forecast_accuracy
    where metric = 'spl' and segment = 'all' and run_id = (
        select run_id from fct_forecast_accuracy order by run_id = ? desc, origin_date desc, run_id limit 1)
    group by model order by model""",
        (run_id,),
    )


def orders_by_day(as_of: date, days: int) -> Query:
    """Orders placed, day by day since the first; a day without any is 0, not left out."""
    return Query(
        """
    with days as (
        select range::date as business_date from range(?::timestamp, ?::timestamp, interval 1 day)
        where range::date >= (select min(business_date) from fct_orders))
    select business_date, count(order_id)::bigint as orders
    from days left join fct_orders using (business_date) group by business_date order by business_date""",
        (as_of - timedelta(days=days - 1), as_of + timedelta(days=1)),
    )


def demand_by_day(as_of: date, days: int) -> Query:
    """Units wanted (ordered less cancelled), day by day; the mart has every day."""
    return Query(
        """
    select business_date, sum(qty_demand)::bigint as qty_demand from fct_demand_daily
    where business_date > ? and business_date <= ? group by business_date order by business_date""",
        (as_of - timedelta(days=days), as_of),
    )


def stock_by_day(as_of: date, days: int, currency: str) -> Query:
    """Stock at today's cost in one currency, and the share of A positions without stock, day by day."""
    return Query(
        """
    select business_date,
           coalesce(sum(qty_closing * unit_cost_minor) filter (currency = ?), 0)::bigint as stock_value_minor,
           100.0 * count(*) filter (abc_class = 'A' and is_stocked_out)
               / nullif(count(*) filter (abc_class = 'A'), 0) as stocked_out_percent
    from fct_inventory_daily left join dim_product using (sku)
    where business_date > ? and business_date <= ?
    group by business_date order by business_date""",
        (currency, as_of - timedelta(days=days), as_of),
    )


@dataclass(frozen=True)
class ForecastScore:
    """Scaled pinball loss of the best model beside seasonal naive's; lower is better."""

    model: str
    spl: float
    spl_naive: float

    @property
    def gain(self) -> float:
        """Share of seasonal naive's loss that the model saves."""
        return 1 - self.spl / self.spl_naive


def forecast_score(accuracies: pd.DataFrame, naive: str = "seasonal_naive") -> ForecastScore | None:
    """The best model against seasonal naive, from columns model and spl; None without both."""
    losses: dict[str, Any] = dict(zip(accuracies["model"], accuracies["spl"], strict=True))
    others = {model: float(loss) for model, loss in losses.items() if model != naive}
    if not losses.get(naive) or not others:
        return None
    best = min(others, key=lambda model: (others[model], model))
    return ForecastScore(best, others[best], float(losses[naive]))
