"""The list of levels, and one series in full. Belongs here: their look. Does not belong here: changing a target."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboards import format as fmt
from dashboards import search, table
from dashboards.safety_stock import charts, queries
from dashboards.safety_stock.policy import target_name
from dashboards.source import Source
from dashboards.table import Shown
from oms_core.replenishment.targets import Target

HISTORY_DAYS = 120

LEVELS = (
    Shown("sku", "SKU"),
    Shown("description", "Product", width=110),
    Shown("abc_class", "Class", width=60),
    Shown("location_id", "Location"),
    Shown("qty_on_hand", "On hand", "quantity"),
    Shown("qty_inbound", "Inbound", "quantity", "Units on open purchase orders."),
    Shown("qty_reorder_point", "Reorder at", "quantity", "Mean lead-time demand and safety stock."),
    Shown("qty_safety_stock", "Safety stock", "quantity", "Level above the protection interval's mean demand."),
    Shown("qty_order_up_to", "Order up to", "quantity", "Smallest level that reaches the target."),
    Shown("service_level_target", "Target", "share", "Aimed at: cycle service, unless the rule says otherwise."),
    Shown("service_level_expected", "Expected", "share", "Probability that the level covers the interval."),
    Shown("fill_rate_expected", "Fill rate", "share", "Expected share of units served from the shelf."),
    Shown("investment_minor", "Safety stock", "money", "Safety stock at cost."),
)


def show_list(source: Source) -> None:
    """Filters, totals, one page of levels; choosing a row opens its series."""
    filters, order = _filters(source)
    totals = source.rows(queries.totals(filters))
    count = sum(row["series"] for row in totals)
    if not count:
        st.info("No level is like that. Search for less, or choose another location or class.")
        return
    summary, page = st.columns([4, 1], vertical_alignment="bottom")
    money = fmt.monies([(row["investment_minor"], row["currency"]) for row in totals])
    units = fmt.quantity(sum(row["qty_safety_stock"] for row in totals))
    below = fmt.quantity(sum(row["below"] for row in totals))
    summary.caption(
        f"{count:,} series, {units} units of safety stock, {money} at cost; {below} below their reorder point. "
        "Choose a row to open it."
    )
    with page:
        offset = search.choose_page(count, "page")
    levels = source.frame(queries.page_of(filters, order, offset))
    every = lambda: source.fresh(queries.all_of(filters, order))  # noqa: E731 - made when it is asked for
    chosen = table.show(levels, LEVELS, name="safety-stock", download=every, key="levels", height=560)
    if chosen is not None:
        st.query_params["sku"] = str(levels["sku"].iloc[chosen])
        st.query_params["at"] = str(levels["location_id"].iloc[chosen])
        st.rerun()


def _filters(source: Source) -> tuple[queries.Filters, str]:
    bound: dict[str, Any] = {"bind": "query-params"}
    names = {row["location_id"]: row["name"] for row in source.rows(queries.LOCATIONS)}
    text, location, abc_class, order = st.columns([2, 1.4, 0.8, 1.6])
    filters = queries.Filters(
        text.text_input("SKU or product", key="find", placeholder="part of either", **bound),
        location.selectbox("Location", list(names), index=None, placeholder="any", key="location", **bound),
        abc_class.selectbox("Class", ["A", "B", "C"], index=None, placeholder="any", key="class", **bound),
        st.toggle("Only what is below its reorder point, on hand and inbound counted", key="below", **bound),
    )
    chosen = order.selectbox("Order by", list(queries.ORDERS), key="sort", **bound)
    return filters, str(chosen)


def show_series(source: Source, sku: str, location_id: str) -> None:
    """One series: its figures, demand with forecast, stock with levels, and how the level came about."""
    if st.button("All levels", icon=":material/arrow_back:", type="tertiary"):
        del st.query_params["sku"]
        st.query_params.pop("at", None)
        # The grid remembers its chosen row; left there, it would open the series again at once.
        st.session_state.pop("levels", None)
        st.rerun()
    found = source.rows(queries.series(sku, location_id))
    if not found:
        st.warning(f"There is no level of {fmt.plain(sku)} at {fmt.plain(location_id)} in this snapshot.")
        return
    series = found[0]
    st.subheader(f"{fmt.plain(sku)} at {fmt.plain(series['location_name'] or location_id)}", anchor=False)
    st.text(f"{series['description'] or 'no product data'} · class {series['abc_class']}")
    _figures(series)
    if series["doubt_reason"]:
        held_back = f"{fmt.quantity(series['qty_in_doubt'])} units are held back from sale"
        st.warning(f"{held_back}: {fmt.plain(series['doubt_reason'])}.", icon=":material/help:")
    _charts(source, sku, location_id, series)
    _explanation(series)
    st.page_link(
        "safety_stock/page.py",
        label="Change this SKU's target",
        icon=":material/tune:",
        query_params={"view": "Change a target", "covers": "One SKU", "target_sku": sku},
    )


def _figures(series: dict[str, Any]) -> None:
    note: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off", "border": True}
    stock, position, point, safety, service = st.columns(5)
    reserved = f"{fmt.quantity(series['qty_reserved'])} reserved, {fmt.quantity(series['qty_ats'])} to sell"
    stock.metric("On hand", fmt.quantity(series["qty_on_hand"]), reserved, **note)
    due = series["next_inbound_date"]
    position.metric("Inbound", fmt.quantity(series["qty_inbound"]), f"next {due:%d %b}" if due else "none due", **note)
    gap = series["qty_position"] - series["qty_reorder_point"]
    told = f"{fmt.quantity(abs(gap))} {'below: order now' if gap < 0 else 'above it'}"
    point.metric("Reorder point", fmt.quantity(series["qty_reorder_point"]), told, **note)
    money = fmt.money(series["investment_minor"], series["currency"])
    safety.metric("Safety stock", fmt.quantity(series["qty_safety_stock"]), money, **note)
    target = f"target {_target(series)}, {_rule(series['policy_scope'])}"
    service.metric("Expected service", fmt.share(series["service_level_expected"]), target, **note)


def _target(series: dict[str, Any]) -> str:
    return target_name(Target(series["service_level_target"], series["target_measure"] or "cycle_service"))


def _rule(policy_scope: str) -> str:
    kind, _, value = policy_scope.partition(":")
    return {"default": "the default", "abc_class": f"class {value}", "sku": "its own"}.get(kind, policy_scope)


def _charts(source: Source, sku: str, location_id: str, series: dict[str, Any]) -> None:
    as_of = source.manifest.as_of.date()
    demand = source.frame(queries.demand(sku, location_id, as_of, HISTORY_DAYS))
    on_hand = source.frame(queries.on_hand(sku, location_id, as_of, HISTORY_DAYS))
    forecast = source.frame(queries.forecast(sku, location_id))
    ahead = pd.Timestamp(forecast["business_date"].max()) if len(forecast) else pd.Timestamp(as_of)
    domain = (pd.Timestamp(as_of) - pd.Timedelta(days=HISTORY_DAYS), ahead + pd.Timedelta(days=1))
    days = f" and forecast for {len(forecast)} days" if len(forecast) else "; no forecast of it yet"
    title = f"Demand until {as_of:%d %b %Y}{days}"
    st.altair_chart(charts.demand_and_forecast(demand, forecast, domain, title), alt=title)
    for override in source.rows(queries.overrides(sku, location_id)):
        st.caption(_override(override))
    levels = {column: int(series[column]) for column, *_ in charts.LEVELS}
    title = f"Stock until {as_of:%d %b %Y} against the levels in force"
    st.altair_chart(charts.stock_and_levels(on_hand, levels, domain, title), alt=title)


def _override(override: dict[str, Any]) -> str:
    value = f"{override['value']:,g}"
    done = {"multiply": f"times {value}", "add": f"{override['value']:+,g} units a day", "set": f"{value} units a day"}
    event = f", for {override['event']}" if override["event"] else ""
    return (
        f"Override {fmt.plain(override['override_ref'])}: **{done[override['kind']]}** from "
        f"{override['first_date']:%d %b} to {override['last_date']:%d %b %Y}{fmt.plain(event)}. "
        f"{fmt.plain(override['reason'])}"
    )


def _explanation(series: dict[str, Any]) -> None:
    lead, spread = series["lead_time_days_mean"], series["lead_time_days_std"]
    up_to, safety, point = (fmt.quantity(series[f"qty_{n}"]) for n in ("order_up_to", "safety_stock", "reorder_point"))
    target, lead_demand = _target(series), series["qty_lead_time_demand_mean"]
    st.markdown(
        f"**How it came about.** Stock must last {series['protection_days']} days: {series['review_period_days']} "
        f"between reviews and a lead time of {lead:.1f} ± {spread:.1f} days. Mean demand over them is "
        f"{series['qty_demand_mean']:,.1f} units. Up to **{up_to}** units are needed to reach {target}; what is above "
        f"the mean is the safety stock, **{safety}**. With the {lead_demand:,.1f} units that a lead time takes on "
        f"average, that makes the reorder point, **{point}**."
    )
    st.caption(
        f"Method: {fmt.plain(series['method'])}. Policy version {series['policy_version']}, "
        f"run of {fmt.instant(series['calculated_at'])}."
    )
