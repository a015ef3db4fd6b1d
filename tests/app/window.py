"""A page in a real window: how long tests wait for it, and until when.

Belongs here: what every test in a browser asks of a page. Does not belong here: fixtures (`conftest`).
"""

from __future__ import annotations

from playwright.sync_api import Page, expect

PATIENCE_MS = 30_000


def settle(page: Page) -> None:
    """Wait until the script has run to its end and the page shows it."""
    expect(page.get_by_test_id("stSidebar").get_by_text("Snapshot")).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def choose_row(page: Page, row: int) -> None:
    """Choose a row of the first table by its mark at the left."""
    page.get_by_test_id("stDataFrame").first.locator(".dvn-scroller").click(position={"x": 16, "y": 52 + 33 * row})
