"""Lists of which one page is shown: whatever a reader orders them by, it is all of the list that is ordered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dashboards.parts import search
from dashboards.parts.table import Order, Shown
from dashboards.source import Query
from oms_core.store.published.snapshots import Snapshot
from tests.app.reading import Opener
from tests.app.window import drawn, settle

LISTS = (
    ("safety_stock", {}),
    ("inventory", {}),
    ("inventory", {"by": "SKU"}),
    ("inventory", {"by": "Location"}),
    ("inventory", {"view": "Counts"}),
    ("orders", {}),
    ("replenishment", {}),
    ("allocation", {}),
    ("allocation", {"view": "What waits for its wave"}),
    ("allocation", {"view": "What waits for stock"}),
    ("runs", {"section": "What came in"}),
    ("runs", {"section": "Set aside"}),
)
QUANTITY, TEXT = Shown("units", "Units", "quantity"), Shown("sku", "SKU")


def order(chosen: str) -> Order:
    return Order("sort", "page", chosen, "", {column.name: column for column in (QUANTITY, TEXT)})


def test_a_head_orders_figures_falling_and_texts_rising_and_another_click_turns_it() -> None:
    assert order("most money").after_click("units") == "Units: falling"
    assert order("Units: falling").after_click("units") == "Units: rising"
    assert order("Units: rising").after_click("units") == "Units: falling"
    assert order("Units: falling").after_click("sku") == "SKU: rising"
    assert order("SKU: rising").after_click("sku") == "SKU: falling"
    assert order("most money").after_click("made on the page") is None
    assert [order(name).mark(TEXT) for name in ("SKU: rising", "SKU: falling", "Units: falling")] == [" ↑", " ↓", ""]


@pytest.mark.parametrize(("page", "query"), LISTS)
def test_every_list_answers_in_every_order_that_it_offers(
    page: str, query: dict[str, str], home: Path, open_page: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[Query] = []
    ordered = search.in_order

    def noted(every: Query, chosen: str) -> Query:
        rows.append(every)
        return ordered(every, chosen)

    choices: list[dict[str, str]] = []
    offered = search.orders

    def offer(*given: Any) -> dict[str, str]:
        choices.append(offered(*given))
        return choices[-1]

    monkeypatch.setattr(search, "in_order", noted)
    monkeypatch.setattr(search, "orders", offer)
    app = open_page(page, **query)
    assert [element.value for element in app.exception] == []
    with Snapshot.current(home / "published") as snapshot:
        for sql in choices[-1].values():
            asked = search.page_of(ordered(rows[-1], sql), 0)
            assert snapshot.query(asked.sql, asked.parameters).num_rows > 0


def test_an_order_in_the_url_is_that_of_all_rows_and_its_head_says_so(open_page: Opener) -> None:
    app = open_page("safety_stock", sort="Safety stock: rising", page="2")
    first = open_page("safety_stock", sort="Safety stock: rising").dataframe[0].value["qty_safety_stock"]
    second = app.dataframe[0].value["qty_safety_stock"]
    assert first.max() <= second.min()
    assert first.is_monotonic_increasing
    assert json.loads(app.dataframe[0].proto.columns)["qty_safety_stock"]["label"] == "Safety stock ↑"


def test_an_order_that_another_grouping_does_not_have_gives_way_to_its_first(open_page: Opener) -> None:
    app = open_page("inventory", sort="SKU: rising")
    next(box for box in app.selectbox if box.label == "One row a").set_value("Location").run()
    assert [element.value for element in app.exception] == []
    assert next(box for box in app.selectbox if box.label == "Order by").value == "most money"


def test_a_click_on_a_head_orders_the_whole_list_and_shows_its_first_page(page: Page) -> None:
    page.goto("/safety-stock?page=2&sort=SKU")
    settle(page)
    for told in ("SKU: rising", "SKU: falling"):
        drawn(page.get_by_test_id("stDataFrame").first).click(position={"x": 60, "y": 17})
        expect(page.get_by_role("combobox", name="Order by")).to_have_value(told)
        settle(page)
    expect(page.get_by_role("spinbutton", name="Page, of 2")).to_have_value("1")
