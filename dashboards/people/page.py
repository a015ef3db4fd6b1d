"""The people page. Belongs here: which view is shown. Does not belong here: the views (`*_view`)."""

from __future__ import annotations

from dashboards.people.trail_view import show_trail
from dashboards.people.users_view import show_users
from dashboards.shell import frame

VIEWS = ("Users", "Who did what")


def show() -> None:
    """Users and what they may do, or the audit trail, as the URL has it."""
    settings = frame.open_page_of_store("People", "Who may use these pages, for what, and who did what.")
    view = frame.choose_view("View", VIEWS)
    store = frame.open_store(settings)
    if store is None:
        return
    if view == VIEWS[0]:
        show_users(settings, store)
    else:
        show_trail(store)


show()
