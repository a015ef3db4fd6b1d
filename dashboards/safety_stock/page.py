"""The safety-stock page. Belongs here: which view is shown. Does not belong here: the views (`*_view`)."""

from __future__ import annotations

import streamlit as st

from dashboards.safety_stock.change_view import show_change
from dashboards.safety_stock.levels_view import show_list
from dashboards.safety_stock.series_view import show_series
from dashboards.safety_stock.versions_view import show_versions
from dashboards.shell import frame

VIEWS = ("Levels", "Draft", "Policy versions")


def show() -> None:
    """The list or one series, the draft of changes, or the versions: one at a time, as the URL has it."""
    opened = frame.open_page(
        "Safety stock", "What is held against uncertainty, why, and what another target would cost."
    )
    view = st.segmented_control(
        "View", VIEWS, default="Levels", required=True, key="view", bind="query-params", label_visibility="collapsed"
    )
    sku = st.query_params.get("sku")
    if view == "Draft":
        show_change(opened)
    elif view == "Policy versions":
        show_versions(opened)
    elif sku:
        show_series(opened.source, sku, st.query_params.get("at", ""))
    else:
        show_list(opened)


show()
