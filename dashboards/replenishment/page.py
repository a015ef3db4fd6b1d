"""The page of proposals. Belongs here: loading and look. Does not belong here: its queries (`queries`)."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboards import format as fmt
from dashboards import frame, search, table
from dashboards.replenishment import queries
from dashboards.source import Source
from dashboards.table import Shown

KINDS = {"purchase": "Buy", "transfer": "Move"}
PROPOSALS = (
    Shown("kind", "What", width=70),
    Shown("sku", "SKU"),
    Shown("description", "Product", width=150),
    Shown("location_id", "For"),
    Shown("source", "From", help="The supplier to buy from, or the location that has more than it needs."),
    Shown("quantity", "Quantity", "quantity", "Units; whole packs where it is bought."),
    Shown("value_minor", "At cost", "money"),
    Shown("expected_date", "There by", "day", "After the supplier's mean lead time, or a transfer's days."),
    Shown("qty_position", "Position", "quantity", "On hand and inbound, less promised and waiting."),
    Shown("qty_reorder_point", "Reorder point", "quantity"),
    Shown("qty_order_up_to", "Order up to", "quantity"),
    Shown("reason", "Why", width="large"),
)


def show() -> None:
    """Filters, totals, one page of proposals; choosing a row opens its series."""
    opened = frame.open_page("To order", "What the last planning run would buy, and move between locations.")
    source = opened.source
    filters = _filters(source)
    totals = source.rows(queries.totals(filters))
    _headlines(totals)
    count = sum(row["proposals"] for row in totals)
    if not count:
        st.info("Nothing is proposed: no series that is like that is at its reorder point.", icon=":material/inbox:")
        return
    offset = search.choose_page(count, "page")
    proposals = source.frame(queries.page_of(filters, offset))
    shown = proposals.assign(
        kind=proposals["kind"].map(KINDS), source=proposals["supplier_id"].fillna(proposals["from_location_id"])
    )
    every = lambda: source.fresh(queries.all_of(filters))  # noqa: E731 - made when it is asked for
    chosen = table.show(shown, PROPOSALS, name="to-order", download=every, key="proposals", height=560)
    st.caption(
        "Choose a row to open its series. Nothing is sent to a supplier from here: save the CSV for your buyers."
    )
    if chosen is not None:
        series = {"sku": str(shown["sku"].iloc[chosen]), "at": str(shown["location_id"].iloc[chosen])}
        st.switch_page("safety_stock/page.py", query_params=series)


def _filters(source: Source) -> queries.Filters:
    bound: dict[str, Any] = {"bind": "query-params"}
    text, kind, supplier, location = st.columns([2, 1, 1.4, 1.4])
    suppliers = [row["supplier_id"] for row in source.rows(queries.SUPPLIERS)]
    places = [row["location_id"] for row in source.rows(queries.LOCATIONS)]
    return queries.Filters(
        text.text_input("SKU or product", key="find", placeholder="part of either", **bound),
        kind.selectbox("What", list(KINDS), index=None, placeholder="any", key="kind", format_func=KINDS.get, **bound),
        supplier.selectbox("Supplier", suppliers, index=None, placeholder="any", key="supplier", **bound),
        location.selectbox("For", places, index=None, placeholder="any", key="location", **bound),
    )


def _headlines(totals: list[dict[str, Any]]) -> None:
    note: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off", "border": True}
    for column, kind, label in zip(st.columns(2), KINDS, ("To buy, at cost", "To move, at cost"), strict=True):
        rows = [row for row in totals if row["kind"] == kind]
        value = fmt.monies([(row["value_minor"], row["currency"]) for row in rows], whole=True) if rows else fmt.NOTHING
        units, proposals = (sum(row[name] for row in rows) for name in ("quantity", "proposals"))
        text = f"{fmt.quantity(units)} units in {fmt.quantity(proposals)} proposal{'s' if proposals != 1 else ''}"
        if kind == "transfer" and rows:
            text += (
                f", worth {fmt.monies([(row['gain_minor'], row['currency']) for row in rows], whole=True)} more there"
            )
        column.metric(label, value, text, **note)


show()
