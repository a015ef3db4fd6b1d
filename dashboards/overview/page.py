"""The overview page. Belongs here: what it loads and how it looks. Does not belong here: its queries (`queries`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import charts, frame, table
from dashboards import format as fmt
from dashboards.overview import queries
from dashboards.source import Query, Source
from dashboards.table import Shown

WINDOWS = {"28 days": 28, "90 days": 90, "1 year": 365}

BACKORDERS = (
    Shown("placed_at", "Placed", "instant"),
    Shown("order_id", "Order"),
    Shown("sku", "SKU"),
    Shown("description", "Product", width=150),
    Shown("qty_backordered", "Waiting", "quantity", "Units that wait for stock."),
    Shown(
        "promised_date", "Promised", "day", "Day on which the supply it is pegged to is there, at the asked confidence."
    ),
    Shown("pegged_to", "Pegged to"),
    Shown("alternative_location_id", "Also at", help="Location that could sell it now."),
    Shown("substitute_sku", "Or offer", help="A substitute that there is enough of for this channel."),
    Shown("reason", "Why", width="large"),
)
STOCKED_OUT = (
    Shown("sku", "SKU"),
    Shown("description", "Product", width=150),
    Shown("location_id", "Location"),
    Shown("qty_demand_per_day", "Demand a day", "number", "Mean of the last 28 days, units."),
    Shown("qty_on_hand", "On hand", "quantity"),
    Shown("qty_inbound", "Inbound", "quantity", "Units on open purchase orders."),
    Shown("next_inbound_date", "Next receipt", "day"),
)
HELD = (
    Shown("placed_at", "Placed", "instant"),
    Shown("order_id", "Order"),
    Shown("sku", "SKU"),
    Shown("qty_held", "Held", "quantity", "Units that nobody ships until the hold ends."),
    Shown("reason", "Why", width="large"),
)
QUARANTINED = (
    Shown("known_at", "Received", "instant"),
    Shown("feed", "Feed"),
    Shown("file_name", "File", width="medium"),
    Shown("row_number", "Row", "quantity"),
    Shown("reason_code", "Rule"),
    Shown("reason", "Why", width="large"),
)


@dataclass(frozen=True)
class Worklist:
    """Rows that wait for a person. `opens`: the page that a chosen row opens, with its URL parameters by column."""

    title: str
    count: str
    query: Query
    columns: tuple[Shown, ...]
    nothing: str
    opens: tuple[str, tuple[tuple[str, str], ...]] | None = None


_ORDER = ("orders/page.py", (("order", "order_id"),))
_SERIES = ("safety_stock/page.py", (("sku", "sku"), ("at", "location_id")))
WORKLISTS = (
    Worklist("Backorders", "backorders", queries.BACKORDERS, BACKORDERS, "No line waits for stock.", _ORDER),
    Worklist(
        "A items out of stock",
        "stocked_out",
        queries.STOCKED_OUT,
        STOCKED_OUT,
        "Every A item that sells is in stock.",
        _SERIES,
    ),
    Worklist("Held lines", "held", queries.HELD, HELD, "No line is held.", _ORDER),
    Worklist("Quarantined rows", "quarantined", queries.QUARANTINED, QUARANTINED, "No row was set aside."),
)


def show() -> None:
    """Headlines, trends, what needs a person, what to open next."""
    opened = frame.open_page("Overview", "How the network stands, how it went, and what needs a person.")
    source = opened.source
    as_of = source.manifest.as_of.date()
    _orders_row(source, as_of)
    _stock_row(source)
    st.subheader("Trends", anchor=False)
    _trends(source, as_of)
    st.subheader("What needs a person", anchor=False)
    _worklists(source)
    _next_steps()


def _orders_row(source: Source, as_of: date) -> None:
    orders = {row["order_state"]: row["orders"] for row in source.rows(queries.ORDERS_BY_STATE)}
    undone = source.row(queries.UNDONE)
    service = source.row(queries.service(as_of))
    exports = source.rows(queries.EXPORTS)
    wanted = service["qty_wanted"] or None
    open_orders, backorders, fill, documents = st.columns(4)
    open_orders.metric(
        "Orders not finished",
        fmt.quantity(orders.get("open", 0) + orders.get("held", 0)),
        f"{fmt.quantity(undone['qty_allocated'])} units allocated, {fmt.quantity(undone['qty_held'])} held",
        **_NOTE,
        help=f"Of {fmt.quantity(sum(orders.values()))} orders; the others are fulfilled or cancelled.",
    )
    backorders.metric(
        "Units backordered",
        fmt.quantity(undone["qty_backordered"]),
        f"on {fmt.quantity(undone['backordered_lines'])} order lines",
        **_NOTE,
    )
    fill.metric(
        f"Fill rate, {queries.SERVICE_DAYS} days",
        fmt.share(service["qty_fulfilled"] / wanted if wanted else None),
        f"backordered {fmt.share(service['qty_backordered'] / wanted if wanted else None, 2)}",
        **_NOTE,
        help=f"Units shipped of those ordered and not cancelled in the last {queries.SERVICE_DAYS} days. What was "
        "allocated today is not shipped yet.",
    )
    latest = exports[0] if exports else None
    documents.metric(
        "Documents exported",
        fmt.quantity(latest["documents"] if latest else 0),
        f"{fmt.quantity(latest['lines'])} lines on {latest['business_date']:%d %b %Y}" if latest else "none yet",
        **_NOTE,
        help="Orders sent to warehouses on the latest day that had any.",
    )


def _stock_row(source: Source) -> None:
    stock = source.rows(queries.STOCK)
    safety = source.rows(queries.SAFETY_STOCK)
    expected = source.row(queries.EXPECTED_SERVICE)
    score = queries.forecast_score(source.frame(queries.accuracy(source.manifest.run_id)))
    value, investment, service, forecast = st.columns(4)
    value.metric(
        "Stock at cost",
        fmt.monies([(row["stock_value_minor"], row["currency"]) for row in stock], whole=True),
        f"{fmt.quantity(sum(row['qty_on_hand'] for row in stock))} units on hand",
        **_NOTE,
    )
    investment.metric(
        "Safety stock at cost",
        fmt.monies([(row["investment_minor"], row["currency"]) for row in safety], whole=True),
        f"{fmt.quantity(sum(row['qty_safety_stock'] for row in safety))} units",
        **_NOTE,
    )
    service.metric(
        "Expected service",
        fmt.share(expected["expected"]),
        f"target {fmt.share(expected['target'])}",
        **_NOTE,
        help="Probability that stock lasts through a protection interval, series weighted by their mean demand.",
    )
    forecast.metric(
        "Forecast error (SPL)",
        f"{score.spl:.3f}" if score else fmt.NOTHING,
        f"{fmt.share(score.gain, 0)} below seasonal naive, {score.spl_naive:.3f}" if score else "no back-test yet",
        **_NOTE,
        help="Scaled pinball loss over all quantiles in the latest back-test; lower is better."
        + (f" Model: {score.model}." if score else ""),
    )


#: The line under a figure explains it; it is no rise or fall.
_NOTE: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off", "border": True}


def _trends(source: Source, as_of: date) -> None:
    window = st.segmented_control(
        "Period",
        list(WINDOWS),
        default="90 days",
        required=True,
        key="period",
        bind="query-params",
        label_visibility="collapsed",
    )
    days = WINDOWS[window or "90 days"]
    currency = next((row["currency"] for row in source.rows(queries.STOCK)), "XXX")
    stock = source.frame(queries.stock_by_day(as_of, days, currency))
    stock = stock.assign(value=stock["stock_value_minor"].astype("Float64") / 10 ** fmt.minor_digits(currency))
    left, right = st.columns(2)
    with left:
        orders = source.frame(queries.orders_by_day(as_of, days))
        _chart(orders, "orders", "Orders placed", "orders a day", charts.BLUE)
        _chart(stock, "value", "Stock at today's cost", currency, charts.GREEN)
    with right:
        demand = source.frame(queries.demand_by_day(as_of, days))
        _chart(demand, "qty_demand", "Demand: ordered less cancelled", "units a day", charts.BLUE)
        _chart(stock, "stocked_out_percent", "A positions without stock", "% of positions", charts.VERMILION, ",.1f")


def _chart(data: pd.DataFrame, column: str, title: str, unit: str, colour: str, number: str = ",.0f") -> None:
    chart = charts.by_day(data, column, title=title, unit=unit, colour=colour, fmt=number)
    st.altair_chart(chart, alt=f"{title}, {unit}, by day")


def _worklists(source: Source) -> None:
    counts = source.row(queries.COUNTS)
    tabs = st.tabs([f"{work.title} · {counts[work.count]:,}" for work in WORKLISTS])
    for tab, work in zip(tabs, WORKLISTS, strict=True):
        with tab:
            _worklist(source, work)


def _worklist(source: Source, work: Worklist) -> None:
    rows = source.frame(work.query)
    if rows.empty:
        st.success(work.nothing, icon=":material/check:")
        return
    chosen = table.show(rows, work.columns, name=work.count, key=f"work-{work.count}" if work.opens else None)
    if work.opens and chosen is not None:
        page, parameters = work.opens
        st.switch_page(page, query_params={name: str(rows[column].iloc[chosen]) for name, column in parameters})


def _next_steps() -> None:
    st.subheader("What to open next", anchor=False)
    levels, waiting, quality = st.columns(3)
    icon = ":material/arrow_forward:"
    levels.page_link("safety_stock/page.py", label="Set what a class or a SKU aims at", icon=icon)
    waiting.page_link("orders/page.py", label="Find an order that waits", icon=icon, query_params={"state": "open"})
    quality.page_link("runs/page.py", label="See what was set aside, and why", icon=icon)


show()
