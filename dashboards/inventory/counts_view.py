"""Counts, ledger and reservations that disagree. Belongs here: their look. Does not belong here: their queries."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboards.inventory import queries
from dashboards.parts import format as fmt
from dashboards.parts import search, table
from dashboards.parts.table import Order, Shown
from dashboards.shell import frame
from dashboards.source import Source

COLUMNS = (
    Shown("sku", "SKU"),
    Shown("description", "Product", width=110),
    Shown("location_id", "Location"),
    Shown("cause", "Cause", "code", width=140),
    Shown("age_days", "Days", "quantity", "Since the count, else since the balance fell below 0.", width=60),
    Shown("difference_minor", "Difference", "money", "At cost."),
    Shown("qty_counted", "Counted", "quantity"),
    Shown("qty_expected", "Expected", "quantity", "What the ledger said of the count's time when the count came."),
    Shown("qty_explained", "Explained", "quantity", "What became known later and explains a part."),
    Shown("qty_difference", "Differs by", "quantity", "Counted, less expected, less explained."),
    Shown("qty_held", "Held", "quantity", "Of the difference, what waits for a review or was rejected by one."),
    Shown("qty_on_hand", "On hand", "quantity", "What the ledger says now."),
    Shown("qty_over_reserved", "Over-promised", "quantity", "Promised beyond what lies there."),
    Shown("counted_at", "Counted at", "instant"),
)


def show(source: Source) -> None:
    """Filters, totals, one page of comparisons; choosing a row opens its position and the postings behind it."""
    filters, order = _filters(source)
    totals = source.rows(queries.count_totals(filters))
    count = sum(row["found"] for row in totals)
    if not count:
        nothing = "No comparison is like that." if filters != queries.CountFilters() else "Every count agrees."
        st.success(f"{nothing} What was counted is what the ledger says.", icon=":material/check:")
        return
    over, under = (
        fmt.monies([(abs(row[f"{name}_minor"]), row["currency"]) for row in totals]) for name in ("over", "under")
    )
    oldest = max(row["age_days"] for row in totals)
    summary, page = st.columns([4, 1], vertical_alignment="bottom")
    summary.caption(
        f"{fmt.counted(count, 'comparison')}: {under} missing and {over} found more than the ledger said, "
        f"at cost; the oldest is {fmt.counted(oldest, 'day')} old. Choose a row to open it."
    )
    with page:
        offset = search.choose_page(count, "page")
    whole = search.in_order(queries.counts(filters), order.sql)
    rows = source.frame(search.page_of(whole, offset))
    every = lambda: source.fresh(whole)  # noqa: E731 - made when it is asked for
    key = f"counts-{hash((source.snapshot.snapshot_id, filters, order.sql, offset))}"
    height = table.tall(rows)
    chosen = table.show(rows, COLUMNS, name="stock-reconciliation", download=every, key=key, height=height, order=order)
    for cause in sorted(set(rows["cause"])):
        st.caption(f"**{fmt.code(cause).capitalize()}**: {queries.CAUSES[cause]}.")
    if chosen is not None:
        frame.open_one({"sku": str(rows["sku"].iloc[chosen]), "at": str(rows["location_id"].iloc[chosen])})
        st.rerun()


def _filters(source: Source) -> tuple[queries.CountFilters, Order]:
    any_of: dict[str, Any] = {"index": None, "bind": "query-params", "placeholder": "any", "width": 170}
    places = search.still((row["location_id"] for row in source.rows(queries.LOCATIONS)), "location")
    causes = {name: fmt.code(name) for name in queries.CAUSES}
    # Side by side as far as they fit: a tablet takes more lines.
    with st.container(horizontal=True, vertical_alignment="bottom"):
        filters = queries.CountFilters(
            st.text_input("SKU or product", key="find", placeholder="part of either", bind="query-params", width=220),
            st.selectbox("Location", places, key="location", **any_of),
            search.choose_code("Cause", causes, key="cause", placeholder="all that need somebody", width=220),
        )
        return filters, search.choose_order(COLUMNS, queries.COUNT_ORDERS, "sku, location_id")
