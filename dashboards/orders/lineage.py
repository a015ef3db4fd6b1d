"""Where an order's lines come from: file and record of each, and the way back of the one that is chosen.

Belongs here: the lines' look. Does not belong here: the way's (`dashboards.parts.lineage`).
"""

from __future__ import annotations

import streamlit as st

from dashboards.orders import queries
from dashboards.parts import lineage, table
from dashboards.parts.table import Shown
from dashboards.source import Source
from oms_core.store.published.lineage import LineKey

LINES = (
    Shown("sku", "SKU"),
    Shown("line_ref", "Line"),
    Shown("feed", "Feed"),
    Shown("file_name", "File", width="large"),
    Shown("row_number", "Row", "quantity"),
    Shown("known_at", "Received", "instant"),
    Shown("file_sha256", "SHA-256 of the file", width="large"),
)


def show(source: Source, order_id: str) -> None:
    """The order's lines by file and row; the one that is chosen, step by step."""
    lines = source.frame(queries.lineage(order_id))
    if lines.empty:
        st.caption("It has no lines.")
        return
    chosen = table.show(lines, LINES, name="order-where-it-came-from", key=f"way-back-{order_id}")
    if chosen is None and len(lines) > 1:
        st.caption("Choose a row to follow the line back from its document.")
        return
    lineage.show(source, LineKey(str(lines["order_line_id"].iloc[chosen or 0])))
