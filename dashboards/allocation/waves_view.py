"""What is allocated and waits for its place's wave.

Belongs here: its look. Does not belong here: its queries (`queries`).
"""

from __future__ import annotations

import streamlit as st

from dashboards import format as fmt
from dashboards import listing, table
from dashboards.allocation import queries
from dashboards.source import Source
from dashboards.table import Shown

_WAVES_SHOWN = 50
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
    coming = waves.head(_WAVES_SHOWN)
    table.show(coming, WAVES, name="waves", download=lambda: waves, height=table.tall(coming, 320))
    chosen = listing.show(
        source, queries.UNRELEASED, count, LINES, queries.UNRELEASED_ORDERS, queries.UNRELEASED_KEY,
        name="unreleased", height=420, prefix="waves_",
    )  # fmt: skip
    listing.open_order(chosen)
