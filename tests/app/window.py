"""A page in a real window: how long tests wait for it, and until when.

Belongs here: what every test in a browser asks of a page. Does not belong here: fixtures (`conftest`).
"""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

#: Longer than anything takes on a machine that is busy with ten other things: nothing waits so long unless it fails.
PATIENCE_MS = 60_000


def settle(page: Page) -> None:
    """Wait until the script has run to its end and the page shows it."""
    expect(page.get_by_test_id("stSidebar").get_by_text("Snapshot")).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def choose_row(page: Page, row: int) -> None:
    """Choose a row of the first table by its mark at the left."""
    drawn(page.get_by_test_id("stDataFrame").first, row).click(position={"x": 16, "y": middle_of(row)})


def middle_of(row: int) -> int:
    """How far below a table's top edge a row has its middle, in pixels."""
    return 52 + 35 * row


def drawn(table: Locator, row: int = 0) -> Locator:
    """A table's canvas, once it has drawn that row. The table is there before its rows are: a click on it is lost."""
    expect(table.locator(f"canvas tr[aria-rowindex='{row + 2}']")).to_be_attached()
    return table.locator(".dvn-scroller")
