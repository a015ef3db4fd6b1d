"""What tests read off a page that was opened without a browser.

Belongs here: its words, its figures, that it is in order. Does not belong here: opening it (`conftest`), pressing what
is on it (each page's tests).
"""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

#: The run before the last one, as it is named in the address.
BEFORE = "2026-05-31 23:59 UTC · run-befo"
#: Opens a page by its folder, with the address's parameters.
Opener = Callable[..., AppTest]


def text_of(app: AppTest) -> str:
    """All the words on a page."""
    parts = (app.markdown, app.caption, app.info, app.success, app.warning, app.error, app.sidebar.markdown)
    return "\n".join(str(element.value) for part in (*parts, app.sidebar.caption) for element in part)


def metric(app: AppTest, label: str) -> tuple[str, str]:
    """A figure's value and the line under it."""
    found = next(element for element in app.metric if element.label == label)
    return found.value, found.delta


def assert_in_order(app: AppTest) -> None:
    assert [element.value for element in app.exception] == []
    assert [element.value for element in app.error] == []
