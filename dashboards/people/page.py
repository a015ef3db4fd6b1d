"""The people page. Belongs here: which view is shown. Does not belong here: the views (`*_view`)."""

from __future__ import annotations

import streamlit as st

from dashboards import frame
from dashboards.people.trail_view import show_trail
from dashboards.people.users_view import show_users

VIEWS = ("Users", "Who did what")


def show() -> None:
    """Users and what they may do, or the audit trail, as the URL has it."""
    opened = frame.open_page("People", "Who may use these pages, for what, and who did what.")
    view = st.segmented_control(
        "View", VIEWS, default=VIEWS[0], required=True, key="view", bind="query-params", label_visibility="collapsed"
    )
    store = frame.open_store(opened.settings)
    if store is None:
        return
    if view == VIEWS[0]:
        show_users(opened.settings, store)
    else:
        show_trail(store)


show()
