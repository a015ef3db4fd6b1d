"""One series in full: figures, charts, how its level came about. Belongs here: its look.

Does not belong here: the list (`levels_view`), the charts themselves (`charts`), changing a rule (`change_view`).
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboards.parts import figures, table
from dashboards.parts import format as fmt
from dashboards.parts.figures import Figure
from dashboards.parts.table import Shown
from dashboards.safety_stock import charts, explanation, queries
from dashboards.safety_stock.assortment import assortment_of
from dashboards.safety_stock.policy import scope_name, scope_of, target_name
from dashboards.shell import frame
from dashboards.source import Source
from oms_core.replenishment.holding.levels import grid_in_force
from oms_core.replenishment.policy.targets import Target

HISTORY_DAYS = 120
#: Pixels: six figures to a line on a laptop, two on a tablet, so that none stands alone.
_SIXTH = 155
INPUTS = (
    Shown("input", "Input", width=230),
    Shown("figure", "Figure", width=140),
    Shown("source", "From", width="large"),
)
_MET = (
    "Of the protection intervals of the last 182 days, those in which no order of its demand had to wait and no day "
    "without stock is estimated to have lost any."
)
_RESERVE = (
    "What lies there beyond the interval's mean demand, for more demand and later supply than expected. "
    "In a store it is kept back from orders, for who walks in, unless the rule kept_back_share says otherwise."
)


def show_series(source: Source, sku: str, location_id: str) -> None:
    """One series: its figures, demand with forecast, stock with levels, and how the level came about."""
    frame.way_back("All levels")
    found = source.rows(queries.series(sku, location_id))
    if not found:
        st.warning(f"There is no level of {fmt.plain(sku)} at {fmt.plain(location_id)} in this snapshot.")
        return
    series = found[0]
    st.subheader(f"{fmt.plain(sku)} at {fmt.plain(series['location_name'] or location_id)}", anchor=False)
    st.text(f"{series['description'] or 'no product data'} · class {series['class']} · {_pattern(series)}")
    _figures(series)
    if series["doubt_reason"]:
        held_back = f"{fmt.quantity(series['qty_in_doubt'])} units are held back from sale"
        st.warning(f"{held_back}: {fmt.plain(series['doubt_reason'])}.", icon=":material/help:")
    _charts(source, sku, location_id, series)
    _explanation(series)
    own = {"covers": "One SKU at a location", "target_sku": sku, "target_at": location_id}
    frame.way_on("Change its target, lead time or minimum", "Draft", own, icon=":material/tune:")


def _figures(series: dict[str, Any]) -> None:
    due, position, point = series["next_inbound_date"], series["qty_position"], series["qty_reorder_point"]
    moving = [f"{fmt.quantity(series['qty_moving'])} by transfer"] if series["qty_moving"] else []
    coming = ", ".join([*moving, *([f"next bought {due:%d %b}"] if due else [])]) or "none due"
    reserved = f"{fmt.quantity(series['qty_reserved'])} of them reserved for orders."
    gap = position - point
    told = f"{fmt.quantity(abs(gap))} {'below: order now' if gap < 0 else 'above it'}"
    rule = f"The target is a rule's: {_rule(series['policy_scope'])}."
    money = fmt.money(series["investment_minor"], series["currency"])
    figures.show(
        (
            Figure(
                "On hand", fmt.quantity(series["qty_on_hand"]), f"{fmt.quantity(series['qty_ats'])} to sell", reserved
            ),
            Figure("Inbound", fmt.quantity(series["qty_inbound"]), coming),
            Figure("Reorder point", fmt.quantity(point), told),
            Figure("Safety stock", fmt.quantity(series["qty_safety_stock"]), money, _RESERVE),
            Figure("Expected service", fmt.share(series["service_level_expected"]), f"target {_target(series)}", rule),
            _achieved(series),
        ),
        width=_SIXTH,
    )


def _achieved(series: dict[str, Any]) -> Figure:
    filled = f"{fmt.share(series['fill_rate_achieved'])} of the units"
    met = f"{series['intervals_met']} of {series['intervals']}" if series["intervals"] else fmt.NOTHING
    return Figure("Intervals met", met, filled if series["intervals"] else "none is over yet", _MET)


def _target(series: dict[str, Any]) -> str:
    return target_name(Target(series["service_level_target"], series["target_measure"] or "cycle_service"))


def _rule(policy_scope: str) -> str:
    kind, _ = scope = scope_of(policy_scope)
    if kind == "default":
        return "the default"
    return "its own" if kind in ("sku", "sku_location") else fmt.plain(scope_name(scope))


def _pattern(series: dict[str, Any]) -> str:
    if series["demand_pattern"] is None:
        return "no demand in a year"
    return (
        f"{series['demand_pattern']} demand: some in one week of {series['demand_interval_weeks']:.1f}; "
        f"squared coefficient of variation (CV²) of its size {series['demand_size_cv2']:.2f}"
    )


def _charts(source: Source, sku: str, location_id: str, series: dict[str, Any]) -> None:
    as_of = source.manifest.as_of.date()
    demand = source.frame(queries.demand(sku, location_id, as_of, HISTORY_DAYS))
    on_hand = source.frame(queries.on_hand(sku, location_id, as_of, HISTORY_DAYS))
    forecast = source.frame(queries.forecast(sku, location_id))
    ahead = pd.Timestamp(forecast["business_date"].max()) if len(forecast) else pd.Timestamp(as_of)
    domain = (pd.Timestamp(as_of) - pd.Timedelta(days=HISTORY_DAYS), ahead + pd.Timedelta(days=1))
    days = f" and forecast for {len(forecast)} days" if len(forecast) else "; no forecast of it yet"
    title = f"Demand until {as_of:%d %b %Y}{days}"
    st.vega_lite_chart(charts.demand_and_forecast(demand, forecast, domain, title), alt=title)
    for override in source.rows(queries.overrides(sku, location_id)):
        st.caption(_override(override))
    levels = {column: int(series[column]) for column, *_ in charts.LEVELS}
    title = f"Stock until {as_of:%d %b %Y} against the levels in force"
    spans = charts.stocked_out_spans(demand)
    st.vega_lite_chart(charts.stock_and_levels(on_hand, spans, levels, domain, title), alt=title)
    _distribution(source, series)


def _override(override: dict[str, Any]) -> str:
    value = f"{override['value']:,g}"
    done = {"multiply": f"times {value}", "add": f"{override['value']:+,g} units a day", "set": f"{value} units a day"}
    event = f", for {override['event']}" if override["event"] else ""
    return (
        f"Override {fmt.plain(override['override_ref'])}: **{done[override['kind']]}** from "
        f"{override['first_date']:%d %b} to {override['last_date']:%d %b %Y}{fmt.plain(event)}. "
        f"{fmt.plain(override['reason'])}"
    )


def _distribution(source: Source, series: dict[str, Any]) -> None:
    """How likely demand is to stay within stock and levels, over the lead time and over the whole interval."""
    whole = assortment_of(source)
    row = whole.rows(pd.DataFrame([series]))
    found = explanation.distribution(row, grid_in_force(row, whole.grid))
    title = (
        f"How much will be asked for: in a lead time of {series['lead_time_days_mean']:.1f} days, and in the "
        f"{series['protection_days']} days that the level has to last"
    )
    marks = {column: int(series[column]) for column, *_ in charts.MARKS}
    st.vega_lite_chart(charts.covered(found, marks, title), alt=title)
    chances = explanation.chances(found, marks)
    st.caption(
        f"What is on hand now lasts a whole lead time with a chance of {fmt.share(chances['on_hand'])}, the reorder "
        f"point with {fmt.share(chances['reorder_point'])}; the order-up-to level lasts the whole interval with "
        f"{fmt.share(series['service_level_expected'])}. Position: on hand and inbound, less reserved."
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
    with st.expander("The formula, its inputs, and where each comes from", icon=":material/function:"):
        formula, where = explanation.FORMULAS[series["target_measure"] or "cycle_service"]
        st.latex(formula)
        st.latex(explanation.LEVELS)
        st.caption(where)
        table.show(explanation.inputs(series), INPUTS, name="level-inputs", height="content")
    st.caption(
        f"Method: {fmt.plain(series['method'])}. Policy version {series['policy_version']}, "
        f"run of {fmt.instant(series['calculated_at'])}."
    )
