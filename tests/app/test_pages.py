"""Every page, run for real but without a browser: it opens, tells its snapshot, and does what its URL says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from tests.app.reading import BEFORE, Opener, assert_in_order, text_of

PAGES = {
    "today": "Today",
    "safety_stock": "Safety stock",
    "scenario": "Scenario",
    "replenishment": "To order",
    "allocation": "Allocation",
    "orders": "Orders",
    "inventory": "Inventory",
    "data": "Data",
    "runs": "Runs and data quality",
    "people": "People",
}
#: Those of what is published; the others are there before.
OF_A_SNAPSHOT = [page for page in PAGES if page != "people"]
VIEWS = [
    ("today", {"period": "1 year"}),
    ("safety_stock", {"view": "Draft"}),
    ("safety_stock", {"view": "Policy versions"}),
    ("safety_stock", {"sku": "SKU-001", "at": "WH-1"}),
    ("safety_stock", {"sku": "SKU-007", "at": "ST-1"}),
    ("safety_stock", {"sku": "NO-SUCH", "at": "WH-1"}),
    ("safety_stock", {"below": "true", "class": "A", "location": "WH-2", "find": "product", "sort": "most money"}),
    ("allocation", {"find": "sku-0", "split": "true"}),
    ("allocation", {"run": BEFORE}),
    ("replenishment", {"kind": "Move"}),
    ("replenishment", {"find": "no such thing"}),
    ("orders", {"state": "backordered", "find": "SKU-004"}),
    ("orders", {"order": "web:100003"}),
    ("orders", {"order": "web:100004"}),
    ("orders", {"order": "no such order"}),
    ("inventory", {"by": "SKU", "channel": "web", "sort": "shortest cover"}),
    ("inventory", {"by": "Location"}),
    ("inventory", {"state": "at risk", "class": "A", "location": "WH-1"}),
    ("inventory", {"view": "Counts"}),
    ("inventory", {"view": "Counts", "cause": "held_for_review"}),
    ("inventory", {"sku": "SKU-001", "at": "WH-1"}),
    ("inventory", {"sku": "SKU-001", "at": "WH-1", "part": "The ledger behind it", "asof": "2026-05-25T12:00"}),
    ("inventory", {"sku": "NO-SUCH", "at": "WH-1"}),
    ("data", {"find": "backorder"}),
    ("data", {"table": "fct_order_lines"}),
    ("data", {"table": "rpt_quarantine"}),
    ("data", {"table": "no_such_table"}),
    ("data", {"view": "SQL"}),
    ("data", {"view": "SQL", "sql": "select 1 as one"}),
    ("data", {"view": "Connect a tool"}),
    ("runs", {"section": "What came in"}),
    ("runs", {"section": "What came in", "feed": "web_orders", "since": "2026-05-01", "aside": "true"}),
    ("runs", {"section": "What came in", "find": "no such file"}),
    ("runs", {"section": "Set aside", "rule": "ragged_row"}),
    ("runs", {"section": "Set aside", "find": "no such record", "since": "2026-05-01"}),
    ("runs", {"find": "2026", "state": "succeeded"}),
    ("runs", {"state": "failed"}),
    ("runs", {"run": "no-such-run"}),
    ("runs", {"section": "Forecasts"}),
    ("runs", {"section": "Snapshots"}),
    ("people", {"add": "true", "roles": "true"}),
    ("people", {"user": "nobody"}),
    ("people", {"view": "Who did what", "what": "policy"}),
]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_and_tells_its_snapshot_and_age(page: str, open_page: Opener) -> None:
    app = open_page(page)
    assert_in_order(app)
    assert app.title[0].value == PAGES[page]
    sidebar = "\n".join(str(element.value) for element in (*app.sidebar.markdown, *app.sidebar.caption))
    assert "2026-06-01-synthetic0" in sidebar
    assert "3 hours ago" in sidebar
    assert "As of Mon 01 Jun 2026" in sidebar


@pytest.mark.parametrize(("page", "query"), VIEWS, ids=str)
def test_a_view_opens_from_its_url(page: str, query: dict[str, str], open_page: Opener) -> None:
    assert_in_order(open_page(page, **query))


@pytest.mark.parametrize("page", OF_A_SNAPSHOT)
def test_a_snapshot_of_an_earlier_version_is_told_with_what_to_do(page: str, home: Path, open_page: Opener) -> None:
    """Of a version that had neither a mart nor a column that pages read now."""
    (newer,) = (home / "published").glob("2026*")
    folder = newer.rename(newer.with_name("2026-06-01-earlier000"))  # answers are cached by the snapshot's name
    (home / "published" / "CURRENT").write_text(f"{folder.name}\n", encoding="utf-8")
    levels = pd.read_parquet(folder / "fct_safety_stock.parquet").drop(columns="fill_rate_expected")
    levels.to_parquet(folder / "fct_safety_stock.parquet")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["tables"]["fct_safety_stock"]["bytes"] = (folder / "fct_safety_stock.parquet").stat().st_size
    del manifest["tables"]["rpt_forecast_alarms"]
    manifest["snapshot_id"] = folder.name
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    app = open_page(page)
    assert_in_order(app)
    (told,) = app.warning
    assert "earlier version" in told.value
    assert "`oms rebuild`, then `oms run`" in told.value
    assert "fct_safety_stock.fill_rate_expected" in told.value


@pytest.mark.parametrize(
    ("page", "missing"), [*((page, "published") for page in OF_A_SNAPSHOT), *((page, ".") for page in PAGES)]
)
def test_without_a_snapshot_or_a_home_a_page_says_what_to_do(
    page: str, missing: str, home: Path, open_page: Opener
) -> None:
    shutil.rmtree(home / missing)
    app = open_page(page)
    assert_in_order(app)
    assert "make run" in app.info[0].value


def test_who_saw_the_snapshot_before_is_told_once_that_there_is_a_newer_one(home: Path, open_page: Opener) -> None:
    app = open_page("replenishment")
    told = "A newer snapshot was published meanwhile**, as of 2026-06-01 23:59 UTC"
    assert told not in text_of(app)
    folder = home / "published" / "2026-06-01-newer00000"
    shutil.copytree(home / "published" / "2026-06-01-synthetic0", folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "snapshot_id": folder.name}), encoding="utf-8")
    (home / "published" / "CURRENT").write_text(folder.name)
    app.run()
    assert_in_order(app)
    assert told in text_of(app)
    assert told not in text_of(app.run())


def test_a_damaged_snapshot_is_told_in_words(home: Path, open_page: Opener) -> None:
    folder = home / "published" / "2026-06-01-damaged"
    shutil.copytree(home / "published" / "2026-06-01-synthetic0", folder)
    (folder / "fct_orders.parquet").write_bytes(b"PAR1")
    (home / "published" / "CURRENT").write_text(folder.name)
    app = open_page("orders")
    assert [element.value for element in app.exception] == []
    assert "is damaged" in app.error[0].value


def test_a_snapshot_without_any_row_opens_on_every_page(
    home: Path, synthetic: ModuleType, open_page: Opener, tmp_path: Path
) -> None:
    empty = synthetic.World.__new__(synthetic.World)
    empty.rows = {name: [] for name in synthetic.PUBLISHED}
    made = synthetic.write_home(tmp_path / "empty", empty)
    folder = (made / "published" / "2026-06-01-synthetic0").rename(home / "published" / "2026-06-01-empty")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "snapshot_id": folder.name, "summary": {}}))
    (home / "published" / "CURRENT").write_text(folder.name)
    for page, query in [*((page, {}) for page in PAGES), *VIEWS]:
        assert_in_order(open_page(page, **query))


def test_texts_from_data_stay_text(open_page: Opener, synthetic: ModuleType) -> None:
    app = open_page("safety_stock", sku="SKU-001", at="WH-1")
    assert app.text[0].value.startswith(synthetic.HOSTILE)
    text = text_of(app)
    assert "](javascript" not in text
    assert r"\]\(javascript\:" in text  # the event of its override


def test_a_search_is_data_and_never_sql(open_page: Opener) -> None:
    for page in ("orders", "safety_stock"):
        app = open_page(page, find="'; drop table fct_orders; --")
        assert_in_order(app)
        assert len(app.dataframe) == 0


def test_a_store_that_cannot_be_opened_is_told_in_words(open_page: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMS_DATABASE_URL", "sqlite:////no/such/folder/operations.db")
    app = open_page("runs")
    assert [element.value for element in app.exception] == []
    assert "cannot be opened" in app.error[0].value
