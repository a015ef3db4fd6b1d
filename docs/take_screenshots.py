"""Takes the screenshots in `docs/images` from the home that `OMS_HOME` names: `python docs/take_screenshots.py`.

Belongs here: which page is shown how. Does not belong here: finding the browser (`tests/app/chromium.py`).
It starts its own server on a free port of the loopback and ends it; it writes nothing to the home but what pages do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
# What tests start and find is what pictures are taken of.
sys.path.insert(0, str(ROOT))

from tests.app.chromium import FLAGS, find_chromium  # noqa: E402
from tests.servers import comes_to_answer, end, free_port  # noqa: E402

IMAGES = ROOT / "docs" / "images"
WIDTH, HEIGHT, MOST_HEIGHT = 1400, 1000, 1700
MOST_BYTES = 300_000
PATIENCE_MS = 60_000


def open_today(page: Page, address: str) -> None:
    """What needs a person, the figures and trends."""
    _visit(page, address)


def open_safety_stock(page: Page, address: str) -> None:
    """A supplier's levels with another lead time in the draft, and what that would do; not saved."""
    _visit(page, f"{address}/safety-stock?view=Draft")
    _empty_draft(page)
    _visit(page, f"{address}/safety-stock?supplier=SUP-01")
    _choose(page, "Set", "Lead time")
    _choose(page, "For", "one rule")
    days = page.get_by_role("spinbutton", name="Value")
    days.fill("14")
    days.press("Enter")
    page.get_by_role("button", name="Put the rule into the draft").click()
    expect(page.get_by_text("The draft has 1 change")).to_be_visible(timeout=PATIENCE_MS)


def open_scenario(page: Page, address: str) -> None:
    """A draft of another measure for class A beside today, on the curve; not kept."""
    _visit(page, f"{address}/safety-stock?view=Draft")
    _empty_draft(page)
    page.get_by_text("Fill rate", exact=True).first.click()
    page.get_by_role("button", name="Keep in the draft").click()
    expect(page.get_by_text("Draft of 1 change")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("link", name="Scenario").click()
    expect(page.get_by_text("Keep the draft of 1 change as a scenario")).to_be_visible(timeout=PATIENCE_MS)


def open_to_order(page: Page, address: str) -> None:
    """What the last run would buy and move, the dearest first."""
    _visit(page, f"{address}/to-order")


def open_allocation(page: Page, address: str) -> None:
    """The last run's decisions, and what they cost."""
    _visit(page, f"{address}/allocation")


def open_trying(page: Page, address: str) -> None:
    """Fewer parcels than there are orders, beside the home's rules."""
    _visit(page, f"{address}/allocation")
    page.get_by_role("tab", name="Try rules").click()
    rules = page.get_by_label("Or rules written here")
    rules.fill("parcels_per_day: {warehouse: 40}\nlate_day_minor: 500")
    rules.press("Control+Enter")
    _settle(page)
    page.get_by_role("button", name="Try", exact=True).click()
    # A process of its own, which has to load all that decides.
    expect(page.get_by_text("Side by side")).to_be_visible(timeout=5 * PATIENCE_MS)


def open_documents(page: Page, address: str) -> None:
    """One that a partner has, line by line, and what can be done with it."""
    _visit(page, f"{address}/documents?state=sent")
    page.get_by_test_id("stDataFrame").first.click(position={"x": 16, "y": 52})
    expect(page.get_by_role("heading", name="What was done with it")).to_be_visible(timeout=PATIENCE_MS)


def open_orders(page: Page, address: str) -> None:
    """The latest order that several locations ship, in full."""
    _visit(page, f"{address}/orders?state=split")
    # A grid is a canvas: its rows have no elements. The box at the left of the first row opens it.
    page.get_by_test_id("stDataFrame").first.click(position={"x": 16, "y": 52})
    expect(page.get_by_role("heading", name="Lines")).to_be_visible(timeout=PATIENCE_MS)


def open_inventory(page: Page, address: str) -> None:
    """The ledger behind the position of which most is on its way: at any time, on both axes."""
    _visit(page, f"{address}/inventory?sort=most+inbound")
    page.get_by_test_id("stDataFrame").first.click(position={"x": 16, "y": 52})
    page.get_by_role("tab", name="The ledger behind it").click()
    expect(page.get_by_role("heading", name="As of another time")).to_be_visible(timeout=PATIENCE_MS)


def open_data(page: Page, address: str) -> None:
    """What a table is made of, back to the feeds."""
    _visit(page, f"{address}/data?table=fct_atp")
    page.get_by_role("tab", name="Where it comes from").click()
    expect(page.locator("svg text").get_by_text("int_pegs")).to_be_visible(timeout=PATIENCE_MS)


def open_quality(page: Page, address: str) -> None:
    """What was set aside, and why."""
    _visit(page, f"{address}/runs?section=Set+aside")


def open_people(page: Page, address: str) -> None:
    """Who did what in this home."""
    _visit(page, f"{address}/people?view=Who+did+what")


SHOTS = {
    "today": open_today,
    "safety_stock": open_safety_stock,
    "scenario": open_scenario,
    "to_order": open_to_order,
    "allocation": open_allocation,
    "trying_rules": open_trying,
    "orders": open_orders,
    "documents": open_documents,
    "inventory": open_inventory,
    "data": open_data,
    "quality": open_quality,
    "people": open_people,
}


def main() -> int:
    """Take all screenshots; the exit code is 1 where there is no browser or a picture is too large."""
    chromium = find_chromium()
    if chromium is None:
        print("No Chromium is found: `make browser` fetches one.", file=sys.stderr)  # noqa: T201
        return 1
    IMAGES.mkdir(exist_ok=True)
    with _serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        sizes = {name: _take(browser.new_page(), address, name) for name in SHOTS}
        browser.close()
    for name, size in sizes.items():
        print(f"{name}: {size:,} bytes{'' if size <= MOST_BYTES else ', too large'}")  # noqa: T201
    return int(max(sizes.values()) > MOST_BYTES)


def _take(page: Page, address: str, name: str) -> int:
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.set_default_timeout(PATIENCE_MS)
    SHOTS[name](page, address)
    _settle(page)
    # The page scrolls inside itself, so a taller window shows more of it, up to a height that a reader takes in.
    content = page.get_by_test_id("stMainBlockContainer").evaluate("element => element.scrollHeight")
    page.set_viewport_size({"width": WIDTH, "height": max(HEIGHT, min(MOST_HEIGHT, content))})
    page.mouse.move(WIDTH - 1, 1)  # over nothing: what lies under the mouse shows its tools
    _settle(page)
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path, animations="disabled")
    return path.stat().st_size


def _visit(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_test_id("stSidebar").get_by_text("Snapshot")).to_be_visible(timeout=PATIENCE_MS)
    _settle(page)


def _empty_draft(page: Page) -> None:
    """Begin without the draft of the pictures before: a draft outlives its window."""
    if page.get_by_role("button", name="Empty the draft").count():
        page.get_by_role("button", name="Empty the draft").click()
        expect(page.get_by_text("Change something, and see here")).to_be_visible(timeout=PATIENCE_MS)


def _choose(page: Page, label: str, option: str) -> None:
    """Choose in a select box by typing an option's beginning: its list closes where the page scrolls below it."""
    box = page.get_by_role("combobox", name=label)
    box.focus()
    box.press("ArrowDown")
    box.press_sequentially(option)
    expect(page.get_by_role("option")).to_have_count(1)
    box.press("Enter")
    expect(page.get_by_role("listbox")).to_have_count(0)
    _settle(page)


def _settle(page: Page) -> None:
    """Wait until the script has ended, no placeholder is left, and the picture has stopped to change."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    before, deadline = b"", time.monotonic() + PATIENCE_MS / 1000
    while (now := page.screenshot(animations="disabled")) != before and time.monotonic() < deadline:
        before = now
        page.evaluate("() => new Promise(resolve => requestIdleCallback(resolve, {timeout: 1000}))")


@contextmanager
def _serving() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "dashboards/serve.py", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=_environment(), stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        if not comes_to_answer(server, f"http://127.0.0.1:{port}/_stcore/health"):
            raise TimeoutError("the server did not come up")
        yield f"http://127.0.0.1:{port}"
    finally:
        end(server)


def _environment() -> dict[str, str]:
    """The server starts in the repository: a home named relative to here is made absolute."""
    return os.environ | {"OMS_HOME": str(Path(os.environ.get("OMS_HOME") or ".oms").absolute())}


if __name__ == "__main__":
    sys.exit(main())
