"""What the page of today asks of the snapshot for its figures and trends.

Belongs here: its queries and the figures made of their answers. Does not belong here: lists of work (`worklists`), any
look (`page`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from dashboards.source import Query

#: Days over which service is told: long enough to be steady, short enough to be about now.
SERVICE_DAYS = 28
#: Hours from placing within which an order line without a promise has to have left, to be on time.
ON_TIME_HOURS = 48

PLAN = Query("select any_value(run_id) as run_id from fct_replenishment")
ORDERS_BY_STATE = Query("select order_state, count(*)::bigint as orders from fct_orders group by all order by all")
UNDONE = Query("select coalesce(sum(qty_backordered), 0)::bigint as qty_backordered from fct_order_lines")
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
#: Order lines to be sent or fetched: what is carried out of a store is always served. A line is due when it was
#: promised, else some hours after it was placed; in full and on time: all that was not cancelled has left by then.
_LINES = f"""
    with lines as (
        select business_date, qty_ordered - qty_cancelled as qty_wanted, backordered_at, hours_to_ship, shipped_at,
               case when promised_date is null then placed_at + interval {ON_TIME_HOURS} hours
                    else cast(promised_date + 1 as timestamptz) end as due_at,
               line_state = 'fulfilled' and case when promised_date is null then hours_to_ship <= {ON_TIME_HOURS}
                                                 else days_late <= 0 end as is_otif
        from fct_order_lines where fulfilment_method <> 'carry_out' and qty_ordered > qty_cancelled)"""  # noqa: S608 - our own texts
_RATES = """
    sum(qty_wanted) filter (backordered_at is null) / nullif(sum(qty_wanted), 0) as fill_rate,
    count(*) filter (is_otif and due_at <= $2) / nullif(count(*) filter (due_at <= $2), 0) as otif"""


def service(first: date, last: date, as_of: datetime) -> Query:
    """Fill rate and OTIF of the lines ordered in a span of days, and the hours that those shipped in it took."""
    return Query(
        f"""
    {_LINES}
    select {_RATES},
           (select median(hours_to_ship) from lines where cast(shipped_at as date) between $1 and $3) as hours_to_ship
    from lines where business_date between $1 and $3""",  # noqa: S608 - our own texts
        (first, as_of, last),
    )


def service_by_week(as_of: datetime, weeks: int) -> Query:
    """The same by whole weeks that end with the as-of day, named by their last day; rates in percent."""
    return Query(
        f"""
    {_LINES},
    today as (select cast($1 as date) as day, cast($3 as integer) as weeks),
    ordered as (
        select (today.day - business_date) // 7 as week, {_RATES} from lines, today
        where business_date > today.day - 7 * weeks and business_date <= today.day group by week),
    shipped as (
        select (today.day - cast(shipped_at as date)) // 7 as week, median(hours_to_ship) as hours_to_ship
        from lines, today
        where cast(shipped_at as date) > today.day - 7 * weeks and cast(shipped_at as date) <= today.day group by week)
    select today.day - cast(7 * week as integer) as business_date, 100 * fill_rate as fill_rate, 100 * otif as otif,
           hours_to_ship
    from ordered full join shipped using (week), today order by business_date""",  # noqa: S608 - our own texts
        (as_of.date(), as_of, weeks),
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


def stock_by_day(as_of: date, days: int, currency: str) -> Query:
    """Stock at today's cost in one currency, day by day."""
    return Query(
        """
    select business_date,
           coalesce(sum(qty_closing * unit_cost_minor) filter (currency = ?), 0)::bigint as stock_value_minor
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
