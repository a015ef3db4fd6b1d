"""The data page. Belongs here: which of its views is shown. Does not belong here: the views."""

from __future__ import annotations

from dashboards.data import asking_view, connecting_view, tables_view
from dashboards.shell import frame


def show() -> None:
    """The tables, the box for SQL, or how other tools read them."""
    opened = frame.open_page(
        "Data", "Every published table and what its columns say; SQL over them; how other tools read them."
    )
    views = {
        "Tables": lambda: tables_view.show(opened.source),
        "SQL": lambda: asking_view.show(opened.source, opened.settings.ask_seconds),
        "Connect a tool": lambda: connecting_view.show(opened.source),
    }
    views[frame.choose_view("View", list(views))]()


show()
