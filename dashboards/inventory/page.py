"""The inventory page. Belongs here: its list of positions, and what is opened. Does not belong here: its queries
(`queries`), one position (`position_view`), counts (`counts_view`)."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboards.inventory import counts_view, position_view, queries
from dashboards.parts import format as fmt
from dashboards.parts import search, table
from dashboards.parts.table import Order, Shown
from dashboards.shell import frame
from dashboards.source import Source

_ON_HAND = Shown("qty_on_hand", "On hand", "quantity", "Units: the ledger's balance.")
_FIGURES = (
    Shown("qty_reserved", "Reserved", "quantity", "Allocated to an order line and not shipped yet."),
    Shown("qty_kept_back", "Kept back", "quantity", "Safety stock that orders may not take: a store's, for walk-ins."),
    Shown("qty_in_doubt", "In doubt", "quantity", "Kept back because the location's stock is in doubt."),
    Shown("qty_ats", "To sell", "quantity", "Available to sell (ATS): on hand less the three before, not below 0."),
    Shown("stock_value_minor", "At cost", "money", "What is ours of it, at cost."),
    Shown("qty_inbound", "Inbound", "quantity", "Units on open purchase orders."),
    Shown("next_inbound_date", "Next receipt", "day"),
    Shown("qty_demand_per_day", "Demand a day", "number", "Mean of the last 28 days, units."),
    Shown("days_of_cover", "Days of cover", "number", "On hand by that demand; empty without demand."),
)
_PRODUCT = (
    Shown("sku", "SKU"),
    Shown("description", "Product", width=110),
    Shown("abc_class", "Class", width=60),
)
COLUMNS = {
    "SKU and location": (*_PRODUCT, Shown("location_id", "Location"), _ON_HAND, *_FIGURES),
    "SKU": (*_PRODUCT, Shown("location_count", "Places", "quantity", width=70), _ON_HAND, *_FIGURES),
    "Location": (
        Shown("location_id", "Location"),
        Shown("location_name", "Name", width=110),
        Shown("sku_count", "SKUs", "quantity", width=70),
        Shown("stocked_out_count", "Out of stock", "quantity", "SKUs that sell and of which none lies there."),
        _ON_HAND,
        *_FIGURES,
    ),
}
VIEWS = ("Positions", "Counts")
#: Where a chosen SKU or location waits to become a filter.
_NARROWED = "inventory-narrowed"


def show() -> None:
    """One position where the URL names one; else the list of positions, or of counts that disagree."""
    opened = frame.open_page(
        "Inventory", "What lies where, what of it may be sold, what is coming, and the postings behind each number."
    )
    sku, location_id = st.query_params.get("sku"), st.query_params.get("at")
    if sku and location_id:
        position_view.show(opened.source, sku, location_id)
        return
    st.session_state.update(st.session_state.pop(_NARROWED, {}))
    if frame.choose_view("View", VIEWS) == "Counts":
        counts_view.show(opened.source)
    else:
        _positions(opened.source)


def _positions(source: Source) -> None:
    filters, by, order = _filters(source)
    totals = source.rows(queries.totals(filters, by))
    count = sum(row["found"] for row in totals)
    if not count:
        nothing = "No position is like that. Search for less, or choose another location, class or state."
        st.info(nothing, icon=":material/search_off:")
        return
    summary, page = st.columns([4, 1], vertical_alignment="bottom")
    money = fmt.monies([(row["stock_value_minor"], row["currency"]) for row in totals])
    units = fmt.quantity(sum(row["qty_on_hand"] for row in totals))
    whose = f" What may be sold is what channel {fmt.plain(filters.channel)} may." if filters.channel else ""
    summary.caption(
        f"{fmt.counted(count, 'row')}, {units} units on hand, {money} at cost.{whose} Choose a row to open it."
    )
    with page:
        offset = search.choose_page(count, "page")
    whole = search.in_order(queries.all_of(filters, by), order.sql)
    rows = source.frame(search.page_of(whole, offset))
    every = lambda: source.fresh(whole)  # noqa: E731 - made when it is asked for
    # Other rows are another grid, so that a choice never moves to what stands in its place.
    key = f"positions-{hash((source.snapshot.snapshot_id, filters, by, order.sql, offset))}"
    chosen = table.show(
        rows, COLUMNS[by], name="inventory", download=every, key=key, height=table.tall(rows), order=order
    )
    if chosen is not None:
        _open(rows, by, chosen)


def _open(rows: pd.DataFrame, by: str, row: int) -> None:
    """A position opens itself; a SKU or a location, its positions under the same filters."""
    if by == "SKU and location":
        frame.open_one({"sku": str(rows["sku"].iloc[row]), "at": str(rows["location_id"].iloc[row])})
        st.rerun()
    name, column = ("find", "sku") if by == "SKU" else ("location", "location_id")
    # A control that is drawn can be changed only before it is drawn again.
    st.session_state[_NARROWED] = {name: str(rows[column].iloc[row]), "by": "SKU and location", "page": 1}
    st.rerun()


def _filters(source: Source) -> tuple[queries.Filters, str, Order]:
    bound: dict[str, Any] = {"bind": "query-params"}
    any_of: dict[str, Any] = {"index": None, "placeholder": "any", "width": 170, **bound}
    names = {row["location_id"]: row["name"] for row in source.rows(queries.LOCATIONS)}
    channels = {row["channel_id"]: row["name"] for row in source.rows(queries.CHANNELS)}
    # Side by side as far as they fit: a tablet takes more lines.
    with st.container(horizontal=True, vertical_alignment="bottom"):
        filters = queries.Filters(
            st.text_input("SKU or product", key="find", placeholder="part of either", width=220, **bound),
            st.selectbox("Location", search.still(names, "location"), key="location", **any_of),
            st.selectbox("Class", ["A", "B", "C"], key="class", **any_of),
            st.selectbox("State", list(queries.STATES), key="state", help=_STATES, **any_of),
            st.selectbox(
                "To sell by channel", search.still(channels, "channel"), key="channel",
                help="What one channel may sell of it.", **any_of,
            ),
        )  # fmt: skip
        grouping = str(st.selectbox("One row a", list(queries.GROUPINGS), key="by", width=190, **bound))
        key = queries.KEYS[grouping]
        named = {name: text.format(key=key) for name, text in queries.ORDERS.items()}
        return filters, grouping, search.choose_order(COLUMNS[grouping], named, key)


_STATES = (
    "At risk: runs out, at mean demand, before an order placed today would be there. Out of stock: sells and none is "
    "there. Nothing to sell: all that lies there is promised, kept or in doubt. No demand: none in 28 days. Excess: "
    "more than its order-up-to level. Dead: nothing of it has left in half a year."
)

show()
