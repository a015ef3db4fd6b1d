"""What waits, and for what. Belongs here: its look. Does not belong here: its queries (`queries`)."""

from __future__ import annotations

import streamlit as st

from dashboards import charts, search, table
from dashboards import format as fmt
from dashboards.allocation import queries
from dashboards.source import Source
from dashboards.table import Shown

WAITING = (
    Shown("order_id", "Order"),
    Shown("sku", "SKU"),
    Shown("description", "Product", width=140),
    Shown("qty_backordered", "Units", "quantity", width=60),
    Shown("qty_pre_sold", "Pre-sold", "quantity", "Of them, sold ahead of supply.", width=60),
    Shown("backordered_at", "Since", "instant"),
    Shown("promised_date", "Promised", "day"),
    Shown("days_late", "Days late", "quantity"),
    Shown("next_step", "What will end it", width="medium"),
    Shown("reason", "Why", width="large"),
)


def show(source: Source) -> None:
    """Units by why they wait, and every line."""
    count = source.row(queries.WAITING_COUNT)["rows"]
    if not count:
        st.info("No line waits for stock.", icon=":material/check_circle:")
        return
    reasons = source.frame(queries.WAITING_BY_REASON)
    late = int(reasons["late"].sum())
    st.caption(
        f"{count:,} lines wait as the network stands now, the oldest since {fmt.instant(reasons['oldest'].min())}; "
        f"past their promise: {late:,}. Choose a row to open its order."
    )
    drawn = charts.bars(reasons, "reason_code", "units", title="Units that wait, by why", unit="units")
    st.altair_chart(drawn, alt="Units that wait, by why")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = search.choose_order(
            WAITING, queries.WAITING_ORDERS, "order_line_id", key="waiting_sort", page="waiting_page"
        )
        offset = search.choose_page(count, "waiting_page")
    whole = search.in_order(queries.WAITING, order.sql)
    lines = source.frame(search.page_of(whole, offset))
    every = lambda: source.fresh(whole)  # noqa: E731 - made when it is asked for
    key = f"waiting-{hash((order.sql, offset))}"
    chosen = table.show(lines, WAITING, name="waiting", download=every, key=key, height=480, order=order)
    if chosen is not None:
        st.switch_page("orders/page.py", query_params={"order": str(lines["order_id"].iloc[chosen])})
