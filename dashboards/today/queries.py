"""What the page of today asks of the snapshot for its figures and trends.

Belongs here: its queries and the figures made of their answers. Does not belong here: lists of work (`worklists`), any
look (`page`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pandas as pd

from dashboards.source import Query
from oms_core.store.published.snapshots import Manifest

#: Weeks of the trends as they are first shown.
FEWEST_WEEKS = 13
#: Days over which service is told: long enough to be steady, short enough to be about now.
SERVICE_DAYS = 28
PLAN = Query("select any_value(run_id) as run_id from fct_replenishment")
ORDERS_BY_STATE = Query("select order_state, count(*)::bigint as orders from fct_orders group by all order by all")
UNDONE = Query("select coalesce(sum(qty_backordered), 0)::bigint as qty_backordered from fct_order_lines")
STOCK = Query("""
    select currency, sum(stock_value_minor)::bigint as stock_value_minor,
           coalesce(sum(qty_on_hand) filter (kind is distinct from 'drop_shipper'), 0)::bigint as qty_on_hand
    from fct_inventory_position left join dim_location using (location_id)
    group by currency order by stock_value_minor desc, currency""")
SAFETY_STOCK = Query("""
    select currency, sum(investment_minor)::bigint as investment_minor,
           sum(qty_safety_stock)::bigint as qty_safety_stock
    from fct_safety_stock where is_current group by currency order by investment_minor desc, currency""")
EXPECTED_SERVICE = Query("""
    select sum(service_level_expected * qty_demand_mean) / nullif(sum(qty_demand_mean), 0) as expected,
           sum(service_level_target * qty_demand_mean) / nullif(sum(qty_demand_mean), 0) as target
    from fct_safety_stock where is_current""")
#: Over half a year, series weighted by what was asked of them.
ACHIEVED_SERVICE = Query("""
    select sum(service_level_achieved * qty_demand) / nullif(sum(qty_demand), 0) as achieved
    from rpt_service where intervals > 0""")
#: Days of which service is told at most: a year of whole weeks.
_YEAR_DAYS = 364
#: Order lines to be sent or fetched, as `rpt_fulfilment` has them. Days are counted without the calendar, as there may
#: be a million lines.
_WANTED = "fulfilment_method <> 'carry_out' and qty_ordered > qty_cancelled"


def served_by_day(as_of: datetime) -> Query:
    """By day of the order over a year: units wanted, those of them that never waited, lines due, those OTIF."""
    return Query(
        """
    select business_date, sum(qty_wanted)::bigint as qty_wanted, sum(qty_ready)::bigint as qty_ready,
           sum(lines_due)::bigint as lines_due, sum(lines_otif)::bigint as lines_otif
    from rpt_fulfilment where business_date <= ? group by business_date order by business_date""",
        (as_of.date(),),
    )


def cycle_times(as_of: datetime) -> Query:
    """Median hours from placing to the last shipment: by `week` and by `span` of service days back from the as-of day,
    0 for the latest, of the lines shipped in it; each row is of one or of the other."""
    end = datetime.combine(as_of.date() + timedelta(days=1), time(), UTC)
    return Query(
        f"""
    with shipped as (
        select (epoch_us($1::timestamptz) - 1 - epoch_us(shipped_at)) // 86400000000 as days_ago, hours_to_ship
        from fct_order_lines where {_WANTED} and shipped_at >= $2 and shipped_at < $1)
    select days_ago // 7 as week, days_ago // {SERVICE_DAYS} as span, median(hours_to_ship) as hours_to_ship
    from shipped group by grouping sets ((week), (span)) order by week, span""",  # noqa: S608 - our own texts
        (end, end - timedelta(days=_YEAR_DAYS)),
    )


def first_view(manifest: Manifest) -> tuple[Query, ...]:
    """What the page asks when it is opened, but for what needs a person (`work.first_view`)."""
    return (
        *(PLAN, ORDERS_BY_STATE, UNDONE, STOCK, SAFETY_STOCK, EXPECTED_SERVICE, ACHIEVED_SERVICE),
        *(served_by_day(manifest.as_of), cycle_times(manifest.as_of), accuracy(manifest.run_id)),
    )


def rates(days: pd.DataFrame) -> dict[str, float | None]:
    """Fill rate and OTIF over the days of `served_by_day` that are given; None where nothing was wanted, or due."""
    wanted, ready, due, otif = (
        int(days[name].sum()) for name in ("qty_wanted", "qty_ready", "lines_due", "lines_otif")
    )
    return {"fill_rate": ready / wanted if wanted else None, "otif": otif / due if due else None}


def service(days: pd.DataFrame, cycles: pd.DataFrame, today: date, span: int) -> dict[str, float | None]:
    """Fill rate, OTIF and median hours to ship of the service days that end so many such spans before today."""
    last = today - timedelta(days=SERVICE_DAYS * span)
    of_span = days[(days["business_date"] <= last) & (days["business_date"] > last - timedelta(days=SERVICE_DAYS))]
    # Of lines that were shipped, but never placed as far as anybody has said, there are no hours.
    hours = cycles.loc[cycles["span"] == span, "hours_to_ship"].dropna()
    return {**rates(of_span), "hours_to_ship": None if hours.empty else float(hours.iloc[0])}


def service_by_week(days: pd.DataFrame, cycles: pd.DataFrame, today: date, weeks: int) -> pd.DataFrame:
    """The same by whole weeks that end with today, named by their last day; rates in percent."""
    rows = []
    hours = dict(zip(cycles["week"], cycles["hours_to_ship"], strict=True))
    week_of = pd.Series([(today - day).days // 7 for day in days["business_date"]], index=days.index, dtype="int64")
    for week in reversed(range(weeks)):
        of_week = days[week_of == week]
        if of_week.empty and week not in hours:
            continue
        found = rates(of_week)
        percent = {name: None if rate is None else 100 * rate for name, rate in found.items()}
        rows.append({"business_date": today - timedelta(days=7 * week), **percent, "hours_to_ship": hours.get(week)})
    return pd.DataFrame(rows, columns=["business_date", "fill_rate", "otif", "hours_to_ship"])


def accuracy(run_id: str) -> Query:
    """Scaled pinball loss by model over the latest back-test: this run's, else the one of the latest origin; of two
    runs of a day, the one whose levels are in force."""
    return Query(
        """
    select model, avg(value) as spl from fct_forecast_accuracy
    where metric = 'spl' and segment = 'all' and run_id = (
        select run_id from fct_forecast_accuracy
        order by run_id = ? desc, origin_date desc,
                 run_id in (select run_id from fct_safety_stock where is_current) desc, run_id limit 1)
    group by model order by model""",
        (run_id,),
    )


def stock_by_week(today: date, weeks: int, currency: str) -> Query:
    """Our stock at today's cost in one currency, at the end of whole weeks of which the last ends with today."""
    days = [today - timedelta(days=7 * week) for week in range(weeks)]
    return Query(
        f"""
    select business_date,
           coalesce(sum(qty_closing * unit_cost_minor) filter (
               currency = ? and kind is distinct from 'drop_shipper'), 0)::bigint as stock_value_minor
    from fct_inventory_daily left join dim_product using (sku) left join dim_location using (location_id)
    where business_date in ({", ".join("?" * weeks)})
    group by business_date order by business_date""",  # noqa: S608 - our own texts
        (currency, *days),
    )


_NAIVE = "seasonal_naive"


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


def forecast_score(accuracies: pd.DataFrame) -> ForecastScore | None:
    """The best model against seasonal naive, from columns model and spl; None without both."""
    losses: dict[str, Any] = dict(zip(accuracies["model"], accuracies["spl"], strict=True))
    others = {model: float(loss) for model, loss in losses.items() if model != _NAIVE}
    if not losses.get(_NAIVE) or not others:
        return None
    best = min(others, key=lambda model: (others[model], model))
    return ForecastScore(best, others[best], float(losses[_NAIVE]))
