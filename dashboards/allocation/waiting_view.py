"""What waits, and for what. Belongs here: its look. Does not belong here: its queries (`queries`)."""

from __future__ import annotations

import streamlit as st

from dashboards import charts
from dashboards import format as fmt
from dashboards.allocation import lines_view, queries
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
    st.vega_lite_chart(drawn, alt="Units that wait, by why")
    lines_view.show(
        source, queries.WAITING, count, WAITING, queries.WAITING_ORDERS, "order_line_id",
        name="waiting", height=480, prefix="waiting_",
    )  # fmt: skip
