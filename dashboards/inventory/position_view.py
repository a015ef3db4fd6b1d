"""One SKU at one location. Belongs here: the look of its parts. Does not belong here: its queries
(`position_queries`), the ledger behind it (`ledger_view`)."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from dashboards.inventory import charts, ledger_view
from dashboards.inventory import position_queries as queries
from dashboards.parts import figures, table
from dashboards.parts import format as fmt
from dashboards.parts.figures import Figure
from dashboards.parts.table import Shown
from dashboards.shell import frame
from dashboards.source import Source

STEPS = (
    Shown("part", "Part", width=140),
    Shown("units", "Units", "quantity", width=80),
    Shown("why", "Why", width=520),
)
CHANNELS = (
    Shown("channel_id", "Channel"),
    Shown("name", "Name"),
    Shown("qty_protected", "Kept for it", "quantity", "By a rule: channel_share or channel_units."),
    Shown("qty_protected_for_others", "Kept for others", "quantity", "The buffer that this channel may not touch."),
    Shown("qty_ats", "May sell here", "quantity", "What may be sold from here, less what is kept for others."),
    Shown("qty_network_ats", "May sell in all", "quantity", "Over all locations that ship orders."),
    Shown("location_count", "Places", "quantity", "Locations that have some of it for this channel."),
    Shown(
        "qty_pre_sell", "May sell ahead", "quantity", "Of what comes here, before it is here: pre_sell_share, _units."
    ),
)
_SUPPLY = (
    Shown("available_date", "Safe from", "day", "Expected, and the supplier's delay at the confidence that is asked."),
    Shown("expected_date", "Expected", "day", "Day its supplier states."),
    Shown("supply_type", "What", "code"),
    Shown("supply_ref", "Reference", width=180),
    Shown("qty_supply", "Units", "quantity"),
    Shown("qty_pegged", "Pegged", "quantity", "Of them, what is kept for lines that wait."),
    Shown("qty_pre_sold", "Pre-sold", "quantity", "Of these, what is sold ahead of this supply."),
    Shown("qty_atp", "May be promised", "quantity", "From that day on: all supply until then, less what is pegged."),
)
_RESERVATIONS = (
    Shown("reserved_at", "Reserved", "instant"),
    Shown("order_ref", "Order"),
    Shown("channel_id", "Channel"),
    Shown("qty_pending", "Still promised", "quantity"),
    Shown("qty_reserved", "Of", "quantity", "Units that the run reserved."),
    Shown("waits_for", "Waits for", "code", "What the order line waits for."),
    Shown("promised_date", "Promised", "day"),
    Shown("placed_at", "Placed", "instant"),
)


def show(source: Source, sku: str, location_id: str) -> None:
    """What may be sold and why, what is promised and coming, and the ledger behind it."""
    frame.way_back("All positions")
    found = source.rows(queries.position(sku, location_id))
    if not found:
        st.warning(
            f"{fmt.plain(sku)} never lay at {fmt.plain(location_id)}, nor is it expected there.",
            icon=":material/search_off:",
        )
        return
    position = found[0]
    st.subheader(f"{fmt.plain(sku)} at {fmt.plain(position['location_name'] or location_id)}", anchor=False)
    st.text(f"{position['description'] or 'no product data'} · class {position['abc_class']}")
    _figures(position)
    now, ledger = st.tabs(["Now", "The ledger behind it"], key="part", bind="query-params")
    # What is not looked at is not made: a browser takes longer to draw both than to ask for either.
    if now.open:
        with now:
            _available(source, sku, location_id, position)
            _coming(source, sku, location_id)
            _reserved(source, sku, location_id)
    if ledger.open:
        with ledger:
            ledger_view.show(source, sku, location_id, position)
    _elsewhere(sku, location_id)


def _figures(position: dict[str, Any]) -> None:
    due, days = position["next_inbound_date"], position["days_of_cover"]
    currency = position["currency"]
    reserved, next_due = fmt.quantity(position["qty_reserved"]), _due(due, position["as_of_date"])
    blocked = f", {fmt.quantity(position['qty_blocked'])} blocked" if position["qty_blocked"] else ""
    a_day = f"{position['qty_demand_per_day']:,.1f} units a day"
    cost = fmt.money(position["unit_cost_minor"], currency)
    worth = "the drop-shipper's own" if position["is_his_own"] else f"{cost} a unit"
    figures.show(
        (
            Figure("On hand", fmt.quantity(position["qty_on_hand"]), f"{reserved} reserved{blocked}"),
            Figure("To sell", fmt.quantity(position["qty_ats"]), "to any channel"),
            Figure("Inbound", fmt.quantity(position["qty_inbound"]), next_due),
            Figure("Days of cover", fmt.NOTHING if days is None else f"{days:,.0f}", a_day),
            Figure("At cost", fmt.money(position["stock_value_minor"], currency), worth),
        )
    )


def _due(expected: date | None, today: date) -> str:
    """When the next inbound is expected; what was expected before today is late."""
    if expected is None:
        return "none due"
    return f"late, due {expected:%d %b}" if expected < today else f"next {expected:%d %b}"


def _available(source: Source, sku: str, location_id: str, position: dict[str, Any]) -> None:
    st.markdown("**How what may be sold comes about**")
    table.show(queries.steps(position), STEPS, name="available-to-sell", height="content")
    channels = source.frame(queries.channels(sku, location_id))
    if not channels.empty:
        st.markdown("**By channel**")
        table.show(channels, CHANNELS, name="ats-by-channel", height="content")


def _coming(source: Source, sku: str, location_id: str) -> None:
    supply = source.frame(queries.atp(sku, location_id))
    coming = supply[supply["supply_type"] != "on_hand"]
    if coming.empty:
        st.markdown("**What is coming**")
        st.caption("Nothing is on its way: no open purchase order, no transfer.")
        return
    title = f"Available to promise, by day: {fmt.quantity(supply['qty_atp'].iloc[-1])} units in the end"
    st.vega_lite_chart(charts.promises(supply, title), alt=title)
    st.markdown("**What is coming**")
    table.show(coming, _SUPPLY, name="supply", height="content")


def _reserved(source: Source, sku: str, location_id: str) -> None:
    st.markdown("**What is promised from here**")
    reservations = source.frame(queries.reservations(sku, location_id))
    if reservations.empty:
        st.caption("No order line has a promise on it.")
        return
    reservations = table.narrowed(reservations, _RESERVATIONS, "promised")
    # Other rows are another grid: a chosen row is not carried over to them.
    key = f"reservations-{hash((sku, location_id, *reservations['order_id']))}"
    chosen = table.show(reservations, _RESERVATIONS, name="reservations", key=key)
    if chosen is not None:
        st.switch_page("orders/page.py", query_params={"order": str(reservations["order_id"].iloc[chosen])})


def _elsewhere(sku: str, location_id: str) -> None:
    icon = ":material/arrow_forward:"
    series, wanted = {"sku": sku, "at": location_id}, {"find": sku, "location": location_id}
    with st.container(horizontal=True):
        st.page_link("safety_stock/page.py", label="Its levels and forecast", icon=icon, query_params=series)
        st.page_link(
            "replenishment/page.py", label="What would be bought or moved of it", icon=icon, query_params=wanted
        )
