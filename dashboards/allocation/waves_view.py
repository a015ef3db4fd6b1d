"""What is allocated and waits for its place's wave.

Belongs here: its look. Does not belong here: its queries (`queries`).
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboards.allocation import queries
from dashboards.parts import format as fmt
from dashboards.parts import listing, search, table
from dashboards.parts.table import Shown
from dashboards.source import Source

_BOUND: dict[str, Any] = {"bind": "query-params"}
WAVES = (
    Shown("location_id", "Location"),
    Shown("release_due_at", "Told from", "instant", "The first run from then on makes its document."),
    Shown("orders", "Orders", "quantity"),
    Shown("lines", "Lines", "quantity"),
    Shown("units", "Units", "quantity"),
)
LINES = (
    Shown("order_id", "Order"),
    Shown("sku", "SKU"),
    Shown("description", "Product", width=150),
    Shown("qty_unreleased", "Units", "quantity", width=60),
    Shown("location_id", "Reserved at"),
    Shown("release_due_at", "Told from", "instant"),
    Shown("allocated_at", "Since", "instant"),
    Shown("waits_for", "Line waits for", "code", help="Another word than wave: a held line is not released."),
    Shown("reason", "Why there", width="large"),
)


def show(source: Source) -> None:
    """Each wave to come, and every line that goes with it."""
    waves = source.frame(queries.WAVES)
    if waves.empty:
        st.info("Nothing waits for a wave: locations have been told of all that is allocated.", icon=":material/done:")
        return
    count = int(waves["lines"].sum())
    st.caption(
        f"{count:,} lines are reserved and their locations not told yet, as the network stands now. Later runs may "
        f"find them a better place. The next wave is of {fmt.instant(waves['release_due_at'].min())}. "
        "Choose a row to open its order."
    )
    table.show(waves, WAVES, name="waves", height=table.tall(waves, 320))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        places = search.still(dict.fromkeys(map(str, waves["location_id"])), "waves_location")
        wanted = queries.Unreleased(
            st.text_input("Order or SKU", key="waves_find", placeholder="part of either", width=220, **_BOUND),
            st.selectbox(
                "Reserved at", places, index=None, placeholder="any", key="waves_location", width=170, **_BOUND
            ),
        )
    found = source.row(queries.unreleased_count(wanted))["rows"]
    if not found:
        st.info("No line that waits for a wave is like that.", icon=":material/search_off:")
        return
    chosen = listing.show(
        source, queries.unreleased(wanted), found, LINES, queries.UNRELEASED_ORDERS, queries.UNRELEASED_KEY,
        name="unreleased", height=420, prefix="waves_",
    )  # fmt: skip
    listing.open_order(chosen)
