"""What waits, and for what. Belongs here: its look. Does not belong here: its queries (`queries`)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.allocation import queries
from dashboards.parts import charts, listing, search
from dashboards.parts import format as fmt
from dashboards.parts.table import Shown
from dashboards.source import Source

_ENDS = "Stock elsewhere may be picked up there or moved here; a substitute may be offered to the customer."
WAITING = (
    Shown("order_id", "Order"),
    Shown("sku", "SKU"),
    Shown("description", "Product", width=140),
    Shown("qty_backordered", "Units", "quantity", width=60),
    Shown("qty_pre_sold", "Pre-sold", "quantity", "Of them, sold ahead of supply.", width=60),
    Shown("backordered_at", "Since", "instant"),
    Shown("promised_date", "Promised", "day", "When all supply that is kept for it is there; empty: some is not."),
    Shown("days_late", "Days late", "quantity", "Since the first promise; empty without one."),
    Shown("next_step", "What will end it", width=330, help=_ENDS),
    Shown("reason", "Why", width="large"),
)
_BOUND: dict[str, Any] = {"bind": "query-params"}


def show(source: Source) -> None:
    """Units by why they wait, and every line."""
    reasons = source.frame(queries.WAITING_BY_REASON)
    if reasons.empty:
        st.info("No line waits for stock.", icon=":material/check_circle:")
        return
    st.caption(
        f"{int(reasons['lines'].sum()):,} lines wait as the network stands now, the oldest since "
        f"{fmt.instant(reasons['oldest'].min())}; past their promise: {int(reasons['late'].sum()):,}."
    )
    title, told = "Units that wait, by why", reasons.assign(why=reasons["reason_code"].map(fmt.code))
    st.vega_lite_chart(charts.bars(told, "why", "units", title=title, unit="units"), alt=title)
    waits = _filters({str(code): fmt.code(str(code)) for code in reasons["reason_code"]})
    count = source.row(queries.waiting_count(waits))["rows"]
    if not count:
        st.info("No line that waits is like that.", icon=":material/search_off:")
        return
    st.caption(f"{fmt.counted(count, 'line')}. Choose a row to open its order.")
    chosen = listing.show(
        source, queries.waiting(waits), count, WAITING, queries.WAITING_ORDERS, "order_line_id",
        name="waiting", height=480, prefix="waiting_", worded=with_ends,
    )  # fmt: skip
    listing.open_order(chosen)


def _filters(codes: Mapping[str, str]) -> queries.Waits:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        return queries.Waits(
            st.text_input("Order or SKU", key="waiting_find", placeholder="part of either", width=220, **_BOUND),
            search.choose_code("Why", codes, key="waiting_reason"),
            search.choose_code("What will end it", queries.NEXT_STEPS, key="waiting_step"),
        )


def with_ends(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines, with words for what ends the wait of each."""
    known = lines.astype(object).where(lines.notna(), None).to_dict("records")
    return lines.assign(next_step=[_end(line) for line in known])


def _end(line: Mapping[Hashable, Any]) -> str:
    step = line["next_step"]
    if step == "other_location":
        return f"{line['alternative_location_id']} has all of it: {fmt.quantity(line['qty_alternative'])} to sell"
    if step == "substitute":
        return f"{line['substitute_sku']} instead: {fmt.quantity(line['qty_substitute'])} to sell"
    if step == "date":
        return fmt.code(str(line["pegged_to"] or queries.NEXT_STEPS[step]))
    due = line["next_inbound_date"]
    coming = f"next comes {due:%d %b %Y}, to {line['next_inbound_location_id']}" if due else "none is coming"
    return f"{queries.NEXT_STEPS[step]}: {coming}"
