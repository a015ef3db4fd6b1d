"""What the pages must never do, in a real browser: obey a partner's text, or tell another machine of their visitor.

Belongs here: hostile data, requests that leave the machine, a home without a snapshot. Does not belong here: what a
planner does on the pages (`test_browser`).
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from oms_core.store.snapshots import MANIFEST_NAME, TableEntry, current_folder, read_manifest
from tests.app.window import PATIENCE_MS

TITLES = {
    "/": "Today",
    "/safety-stock": "Safety stock",
    "/to-order": "To order",
    "/allocation": "Allocation",
    "/orders": "Orders",
    "/runs": "Runs and data quality",
}
#: Descriptions that a partner may send: for a spreadsheet, for a page's script, for its markup, for its links.
HOSTILE = {
    "SKU-001": '=HYPERLINK("http://example.invalid/","Click")',
    "SKU-002": "<script>window.injected = true</script> lamp",
    "SKU-003": '<img src="x" onerror="window.injected = true"> vase',
    "SKU-004": "see www.example.invalid or write to someone@example.invalid",
    "SKU-005": "![shelf](http://example.invalid/pixel.png) and [bowl](http://example.invalid/)",
}


@pytest.fixture(scope="module")
def hostile_address(template: Path, tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Path], str]) -> str:
    """The address of a server over a home whose products have hostile descriptions."""
    home = shutil.copytree(template, tmp_path_factory.mktemp("hostile") / "home")
    _describe(current_folder(home / "published"), HOSTILE)
    return serve(home)


def _describe(folder: Path, descriptions: dict[str, str]) -> None:
    """Give products of a snapshot other descriptions, and its manifest the new file."""
    path = folder / "dim_product.parquet"
    products = pq.read_table(path)
    pairs = zip(products["sku"].to_pylist(), products["description"].to_pylist(), strict=True)
    texts = pa.array([descriptions.get(sku, text) for sku, text in pairs])
    index = products.schema.get_field_index("description")
    pq.write_table(products.set_column(index, products.schema.field(index), texts), path)
    manifest = read_manifest(folder)
    entry = TableEntry(products.num_rows, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    changed = dataclasses.replace(manifest, tables={**manifest.tables, "dim_product": entry})
    (folder / MANIFEST_NAME).write_text(changed.to_json(), encoding="utf-8")


@pytest.fixture
def strangers() -> list[str]:
    """Addresses beyond this machine that `page` asked for; each was refused."""
    return []


@pytest.fixture
def page(browser: Browser, strangers: list[str]) -> Iterator[Page]:
    """A fresh window that reaches nothing but this machine."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(PATIENCE_MS)

    def refuse(route: Route) -> None:
        strangers.append(route.request.url)
        route.abort()

    context.route(lambda url: not url.startswith(("http://127.0.0.1:", "data:", "blob:")), refuse)
    yield context.new_page()
    context.close()


def visit(page: Page, address: str) -> None:
    """Open a page, and wait until its script has run to its end without an error."""
    page.goto(address)
    expect(page.get_by_test_id("stSidebar").get_by_text("Snapshot")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.parametrize("sku", HOSTILE)
def test_a_hostile_description_is_shown_as_text_and_does_nothing(
    page: Page, strangers: list[str], hostile_address: str, sku: str
) -> None:
    visit(page, f"{hostile_address}/safety-stock?sku={sku}&at=WH-1")
    expect(page.get_by_text(_as_seen(HOSTILE[sku]))).to_be_visible()
    expect(page.get_by_test_id("stMain").locator("a[href*='example.invalid'], a[href^='mailto:']")).to_have_count(0)
    assert page.evaluate("window.injected") is None
    assert [url for url in strangers if "example.invalid" in url] == []


def _as_seen(text: str) -> re.Pattern[str]:
    """The text as a reader sees it: a word joiner, which breaks an address without a trace, may lie anywhere."""
    return re.compile("\\u2060?".join(map(re.escape, text)))


@pytest.mark.parametrize("path", TITLES)
def test_a_page_asks_no_other_machine_for_anything(
    page: Page, strangers: list[str], hostile_address: str, path: str
) -> None:
    visit(page, hostile_address + path)
    page.wait_for_load_state("networkidle")
    assert strangers == []


def test_without_a_snapshot_every_page_says_how_to_make_one(
    page: Page, tmp_path: Path, serve: Callable[[Path], str]
) -> None:
    address = serve(tmp_path / "no-home-yet")
    for path, title in TITLES.items():
        visit(page, address + path)
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        expect(page.get_by_test_id("stMain").get_by_text("make run")).to_be_visible()
