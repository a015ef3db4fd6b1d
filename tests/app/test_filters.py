"""Filters whose value the snapshot does not know any more, as bookmarks have them after a run."""

from __future__ import annotations

import pytest

from tests.app.reading import Opener


def test_a_bookmark_of_a_run_of_long_ago_says_that_another_is_shown(open_page: Opener) -> None:
    app = open_page("allocation", run="2025-01-01 23:59 UTC · 0123abcd")
    assert "2025-01-01 23:59 UTC" in app.info[0].value.replace("\\", "")
    known = open_page("allocation", run=app.selectbox(key="run").options[-1])
    assert not [one for one in known.info if "is not among" in one.value]


@pytest.mark.parametrize(
    ("page", "gone"),
    [
        ("safety_stock", {"supplier": "SUP-GONE"}),
        ("safety_stock", {"location": "CLOSED"}),
        ("inventory", {"location": "CLOSED"}),
        ("orders", {"channel": "fax"}),
        ("allocation", {"location": "CLOSED"}),
    ],
)
def test_a_filter_by_what_is_not_there_any_more_finds_nothing_instead_of_all(
    open_page: Opener, page: str, gone: dict[str, str]
) -> None:
    app = open_page(page, **gone)
    assert [element.value for element in app.exception] == []
    assert any("is like that" in element.value for element in app.info)
    (key,) = gone
    assert app.selectbox(key=key).value == gone[key]
    found = app.selectbox(key=key).set_value(None).run()
    assert not any("is like that" in element.value for element in found.info)
