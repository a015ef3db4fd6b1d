"""The orders page. Belongs here: search, one order, their look. Does not belong here: their queries (`queries`),
commands on its lines (`desk_view`), a line's way back (`lineage`)."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboards.orders import charts, desk_view, lineage, queries
from dashboards.parts import figures, search, table
from dashboards.parts import format as fmt
from dashboards.parts.figures import Figure
from dashboards.parts.table import Shown
from dashboards.settings import Settings
from dashboards.shell import frame
from dashboards.source import Source

ORDERS = (
    Shown("order_ref", "Order"),
    Shown("channel_id", "Channel"),
    Shown("placed_at", "Placed", "instant"),
    Shown("order_state", "State", "code"),
    Shown("line_count", "Lines", "quantity"),
    Shown("qty_ordered", "Ordered", "quantity", "Units."),
    Shown("qty_fulfilled", "Shipped", "quantity", "Units shipped or carried out."),
    Shown("qty_allocated", "Allocated", "quantity", "Units allocated to a location and not yet shipped."),
    Shown("qty_backordered", "Backordered", "quantity", "Units that wait for stock."),
    Shown("qty_cancelled", "Cancelled", "quantity", "Units."),
    Shown("net_minor", "Net", "money", "Gross less discount, for what was not cancelled."),
    Shown("customer_key", "Customer", help="Pseudonym; empty for a guest."),
)
LINES = (
    Shown("sku", "SKU"),
    Shown("description", "Product", width=150),
    Shown("line_state", "State", "code"),
    Shown("waits_for", "Waits for", "code", "What must come next: goods, a person, those who send them."),
    Shown("promised_date", "Promised", "day", "First promise: the channel's own, else ours."),
    Shown("qty_ordered", "Ordered", "quantity"),
    Shown("qty_fulfilled", "Shipped", "quantity"),
    Shown("qty_allocated", "Allocated", "quantity"),
    Shown("qty_backordered", "Backordered", "quantity"),
    Shown("qty_held", "Held", "quantity"),
    Shown("hold_reason", "Held because", width="medium"),
    Shown("qty_cancelled", "Cancelled", "quantity"),
    Shown("qty_returned", "Returned", "quantity"),
    Shown("unit_price_minor", "Unit price", "money"),
    Shown("net_minor", "Net", "money"),
    Shown("fulfilment_method", "Method", "code", "How the customer gets it."),
    Shown("line_ref", "Line"),
)
#: Of an order's lines, shown where there is any.
_SELDOM = ("qty_backordered", "qty_held", "hold_reason", "qty_cancelled", "qty_returned")
EVENTS = (
    Shown("effective_at", "When", "instant", "When it was true in the world."),
    Shown("event_type", "What", "code"),
    Shown("sku", "SKU"),
    Shown("quantity", "Units", "quantity"),
    Shown("location_id", "Location", width=100),
    Shown("reason", "Why", width=330),
    Shown("known_at", "Known", "instant", "When we learnt it."),
    Shown("file_name", "File", width="medium", help="File that stated it; empty for what a run decided."),
    Shown("row_number", "Row", "quantity"),
)
_SHIPMENTS = (
    Shown("effective_at", "Left", "instant", "When it left its location, as that says."),
    Shown("location_id", "From"),
    Shown("sku", "SKU", help="Ordered; what went in its stead is said under *Why*."),
    Shown("quantity", "Units", "quantity"),
    Shown("carrier", "Carrier", help="As the location names him; empty where it does not."),
    Shown("tracking_ref", "Tracking number", width=190),
    Shown("reason", "Why"),
    Shown("known_at", "Known", "instant", "When we learnt it."),
    Shown("file_name", "File", width="medium"),
    Shown("row_number", "Row", "quantity"),
)
DECISIONS = (
    Shown("decided_at", "Run of", "instant"),
    Shown("sku", "SKU"),
    Shown("decision", "Decision", "code"),
    Shown("quantity", "Units", "quantity"),
    Shown("location_id", "Location", help="Where it ships from; for what waits, where the next receipt is expected."),
    Shown("reason", "Why", width="large"),
    Shown("decision_rank", "Rank", "quantity", "Position of the line in the run."),
)
EXPORTS = (
    Shown("exported_at", "Exported", "instant"),
    Shown("partner_id", "Partner"),
    Shown("wave", "Wave"),
    Shown("line_number", "Line", "quantity"),
    Shown("sku", "SKU"),
    Shown("qty_exported", "Asked for", "quantity"),
    Shown("qty_shipped", "Shipped since", "quantity"),
    Shown("is_void", "Void", "flag", "Taken back before the partner had it."),
    Shown("answer", "Answer", help="What the partner said of the document; empty until it answers."),
    Shown("file_name", "Document", width="large"),
)


def show() -> None:
    """One order where the URL names one, the search otherwise."""
    opened = frame.open_page(
        "Orders",
        "Find an order by number, SKU, customer, tracking number or document; see all of it, and act on its lines.",
    )
    order_id = st.query_params.get("order")
    if order_id:
        _one(opened.settings, opened.source, order_id)
    else:
        _search(opened.source)


def _search(source: Source) -> None:
    wanted = _wanted(source)
    rows = source.row(queries.count(wanted))["orders"]
    if not rows:
        st.info(
            "No order is like that. Search for less, choose another state, or say under *In* what it is: shipments and "
            "places are looked through only then.",
            icon=":material/search_off:",
        )
        return
    count, by, page = st.columns([2.6, 1.8, 1], vertical_alignment="bottom")
    count.caption(f"{fmt.counted(rows, 'order')}. Choose a row to open it.")
    with by:
        order = search.choose_order(ORDERS, queries.ORDERS, "order_id")
    with page:
        offset = search.choose_page(rows, "page")
    whole = search.in_order(queries.all_of(wanted), order.sql)
    orders = source.frame(search.page_of(whole, offset))
    every = lambda: source.fresh(whole)  # noqa: E731 - made when it is asked for
    key = f"orders-{hash((source.snapshot.snapshot_id, wanted, order.sql, offset))}"
    chosen = table.show(orders, ORDERS, name="orders", download=every, key=key, height=560, order=order)
    if chosen is not None:
        frame.open_one({"order": str(orders["order_id"].iloc[chosen])})
        st.rerun()


def _wanted(source: Source) -> queries.Search:
    channels = {row["channel_id"]: row["name"] for row in source.rows(queries.CHANNELS)}
    bound: dict[str, Any] = {"bind": "query-params"}
    any_of: dict[str, Any] = {"index": None, "placeholder": "any", **bound}
    sold_by = search.still(channels, "channel")
    hint = "order, SKU, customer, tracking, document"
    # Side by side as far as they fit: a tablet takes more lines.
    with st.container(horizontal=True, vertical_alignment="bottom"):
        return queries.Search(
            st.text_input("Find", key="find", placeholder=hint, width=330, **bound),
            st.selectbox("In", list(queries.FINDS), key="by", width=145, **any_of | {"placeholder": "any of these"}),
            st.selectbox("State", list(queries.STATES), key="state", width=130, **any_of),
            st.selectbox("Channel", sold_by, key="channel", width=145, **any_of),
        )


def _one(settings: Settings, source: Source, order_id: str) -> None:
    frame.way_back("All orders")
    found = source.rows(queries.order(order_id))
    if not found:
        st.warning(f"There is no order {fmt.plain(order_id)} in this snapshot.", icon=":material/search_off:")
        return
    _head(found[0])
    st.subheader("Lines", anchor=False)
    lines = source.frame(queries.lines(order_id))
    shown = [column for column in LINES if column.name not in _SELDOM or lines[column.name].dropna().any()]
    table.show(lines, shown, name="order-lines")
    desk_view.show(settings, source, order_id)
    events = source.frame(queries.events(order_id))
    st.vega_lite_chart(charts.timeline(events), alt="The order's events in time, by line")
    _tabs(source, order_id)


def _head(order: dict[str, Any]) -> None:
    st.subheader(fmt.plain(order["order_ref"]), anchor=False)
    customer = f"customer `{order['customer_key']}`" if order["customer_key"] else "a guest"
    country = f", to {fmt.plain(order['ship_to_country'])}" if order["ship_to_country"] else ""
    st.caption(f"{fmt.plain(order['channel_name'])}, placed {fmt.instant(order['placed_at'])} by {customer}{country}")
    charges = fmt.money(order["charges_minor"], order["currency"])
    shipped = f"{fmt.quantity(order['qty_fulfilled'])} of {fmt.quantity(order['qty_ordered'])}"
    figures.show(
        (
            Figure("State", order["order_state"]),
            Figure("Units shipped", shipped),
            Figure("Net", fmt.money(order["net_minor"], order["currency"])),
            Figure("Charges", charges, help="Postage and fees on the order."),
            Figure("Shipping locations", fmt.quantity(order["location_count"])),
        )
    )


def _tabs(source: Source, order_id: str) -> None:
    parts = {
        "Events": (queries.events, EVENTS, "Nothing has happened to it."),
        "Shipments": (queries.shipments, _SHIPMENTS, "Nothing has left for it."),
        "Decisions": (queries.decisions, DECISIONS, "No run had anything to decide about it."),
    }
    *tabs, documents, way_back = st.tabs(
        [*parts, "Export documents", "Where it came from"], key="part", bind="query-params"
    )
    with documents:
        _documents(source.frame(queries.exports(order_id)), order_id)
    with way_back:
        # The longest way of all, step by step: only for who looks at it.
        if way_back.open:
            lineage.show(source, order_id)
    for tab, (name, (query, columns, nothing)) in zip(tabs, parts.items(), strict=True):
        with tab:
            rows = source.frame(query(order_id))
            if rows.empty:
                st.caption(nothing)
            else:
                rows = table.narrowed(rows, columns, f"of-{name.lower()}")
                table.show(rows, columns, name=f"order-{name.lower()}")


def _documents(lines: pd.DataFrame, order_id: str) -> None:
    if lines.empty:
        st.caption("No document asks a partner to ship it.")
        return
    st.caption("Choose a row to open its document.")
    chosen = table.show(lines, EXPORTS, name="order-export-documents", key=f"documents-of-{order_id}")
    if chosen is not None:
        document = str(lines["export_id"].iloc[chosen])[:12]
        st.switch_page("documents/page.py", query_params={"document": document})


show()
