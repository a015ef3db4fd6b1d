"""What the pages must never do, in a real browser: obey a partner's text, or tell another machine of their visitor.

Belongs here: hostile data, requests that leave the machine, a home without a snapshot. Does not belong here: what a
planner does on the pages (`test_browser`).
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page, expect

from oms_core.store.published.snapshots import MANIFEST_NAME, TableEntry, current_folder, read_manifest

#: What a partner may send in a description: for a spreadsheet, for a page's script, for its markup, for its links.
HOSTILE = " ".join(
    (
        '=HYPERLINK("http://example.invalid/","Click")',
        "<script>window.injected = true</script> lamp",
        '<img src="x" onerror="window.injected = true"> vase',
        "see www.example.invalid or write to someone@example.invalid",
        "![shelf](http://example.invalid/pixel.png) and [bowl](http://example.invalid/)",
    )
)


@pytest.fixture(scope="module")
def server_home(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a product whose description is hostile."""
    home = shutil.copytree(template, tmp_path_factory.mktemp("hostile") / "home")
    _describe(current_folder(home / "published"), {"SKU-001": HOSTILE})
    return home


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


def visit(page: Page, address: str) -> None:
    """Open a page, and wait until its script has run to its end without an error."""
    page.goto(address)
    expect(page.get_by_test_id("stSidebar").get_by_text("Snapshot")).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_hostile_description_is_shown_as_text_and_does_nothing(page: Page) -> None:
    visit(page, "/safety-stock?sku=SKU-001&at=WH-1")
    expect(page.get_by_text(_as_seen(HOSTILE))).to_be_visible()
    expect(page.get_by_test_id("stMain").locator("a[href*='example.invalid'], a[href^='mailto:']")).to_have_count(0)
    page.wait_for_load_state("networkidle")  # whom it has asked, the window's fixture knows
    assert page.evaluate("window.injected") is None


def _as_seen(text: str) -> re.Pattern[str]:
    """The text as a reader sees it: a word joiner, which breaks an address without a trace, may lie anywhere."""
    return re.compile("\\u2060?".join(map(re.escape, text)))


def test_without_a_home_a_page_says_how_to_make_one(page: Page, tmp_path: Path, serve: Callable[[Path], str]) -> None:
    address = serve(tmp_path / "no-home-yet")
    for path, title in (("/", "Today"), ("/orders?order=web:100005", "Orders")):
        visit(page, address + path)
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        expect(page.get_by_test_id("stMain").get_by_text("make run")).to_be_visible()
