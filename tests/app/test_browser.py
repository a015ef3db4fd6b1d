"""The pages in a real browser, on a real server: what a planner sees, and that a save reaches the operations store."""

from __future__ import annotations

import io
import re
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, WebSocket, expect

from oms_core.replenishment.policy.targets import Target
from oms_core.store.operations import at_the_machine, open_operations
from tests.app.window import PATIENCE_MS, choose_row, drawn, middle_of, settle

#: One server, one home: its tests run in one process, in order.


@pytest.fixture(autouse=True)
def _no_draft(server_home: Path) -> None:
    """A draft outlives its window: each test begins without one."""
    keep_no_draft(server_home)


def keep_no_draft(server_home: Path) -> None:
    with open_operations(f"sqlite:///{server_home / 'operations.db'}", now=datetime.now(UTC)) as store:
        store.keep_draft(1, [], at_the_machine("Ada"), datetime.now(UTC))


#: What no test below, nor the browser tests of single pages, opens.
PAGES = {
    "scenario": ("/scenario", "Scenario"),
    "allocation": ("/allocation", "Allocation"),
    "counts": ("/inventory?view=Counts", "Inventory"),
    "connect": ("/data?view=Connect+a+tool", "Data"),
    "runs": ("/runs", "Runs and data quality"),
    "received": ("/runs?section=What+came+in", "Runs and data quality"),
    "set-aside": ("/runs?section=Set+aside", "Runs and data quality"),
    "forecasts": ("/runs?section=Forecasts", "Runs and data quality"),
}


def visit(page: Page, path: str) -> None:
    page.goto(path)
    settle(page)


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_itself_without_an_error_and_asks_no_other_machine(page: Page, name: str) -> None:
    path, title = PAGES[name]
    visit(page, path)
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_text("2026-06-01-synthetic0")).to_be_visible()
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    page.wait_for_load_state("networkidle")  # whom it has asked, the window's fixture knows


def test_texts_from_data_are_shown_and_not_obeyed(page: Page) -> None:
    visit(page, "/safety-stock?sku=SKU-001&at=WH-1")
    hostile = page.get_by_text("=1+1 <b>bold</b> [x](javascript:alert(1)) $y$ :smile:")
    expect(hostile).to_have_count(2)  # the product's name, and the event of its override
    expect(hostile.first).to_be_visible()
    expect(hostile.last).to_be_visible()
    expect(page.locator("[href^=javascript]")).to_have_count(0)


def test_a_chosen_row_opens_its_series_and_the_way_back_keeps_the_filters(page: Page) -> None:
    visit(page, "/safety-stock?location=WH-2&sort=SKU")
    choose_row(page, 1)
    page.get_by_role("button", name="Open SKU-002 at WH-2").click()
    expect(page).to_have_url(re.compile(r"sku=SKU-002&at=WH-2"))
    expect(page.get_by_role("heading", name="SKU-002 at Warehouse 2")).to_be_visible()
    page.get_by_role("button", name="All levels").click()
    expect(page).not_to_have_url(re.compile("sku=SKU-002"))
    expect(page).to_have_url(re.compile("location=WH-2"))
    expect(page.get_by_text(re.compile("^30 series"))).to_be_visible()


#: Lists under a filter, and what a link to one of their things names.
LISTS = {
    "orders": ("/orders?state=backordered", "order=", "All orders"),
    "inventory": ("/inventory?location=WH-2", "sku=.*&at=WH-2", "All positions"),
    "counts": ("/inventory?view=Counts", "sku=.*&at=", "All positions"),
}


@pytest.mark.parametrize("name", LISTS)
def test_the_browsers_back_is_one_step_to_the_list_as_it_was(page: Page, name: str) -> None:
    path, opened, back = LISTS[name]
    as_it_was, one = re.compile(f"{re.escape(path)}$"), re.compile(rf"\?{opened}[^&]*$")
    visit(page, path)
    choose_row(page, 1)
    expect(page).to_have_url(one)
    expect(page.get_by_role("button", name=back)).to_be_visible()
    settle(page)
    for _ in range(2):  # there and back again
        page.go_back()
        expect(page).to_have_url(as_it_was)
        expect(page.get_by_role("button", name=back)).to_have_count(0)
        settle(page)
        page.go_forward()
        expect(page).to_have_url(one)
        expect(page.get_by_role("button", name=back)).to_be_visible()
        settle(page)
    page.get_by_role("button", name=back).click()
    expect(page).to_have_url(as_it_was)
    settle(page)
    page.go_back()
    expect(page).to_have_url(one)


def test_a_target_is_typed_into_its_cell_and_is_in_the_draft(page: Page) -> None:
    visit(page, "/safety-stock?location=WH-2&sort=SKU&cells=true")
    type_target(page, 0, "98.5")
    expect(page.get_by_text(re.compile("Draft of 1 change"))).to_be_visible()
    expect(page.get_by_text(re.compile("SKU-001 at WH-2: .* → 98.5 %"))).to_be_visible()
    settle(page)


def test_what_was_refused_or_taken_out_of_the_draft_does_not_come_back_with_the_next_cell(
    page: Page, server_home: Path
) -> None:
    with page.expect_websocket() as opened:
        visit(page, "/safety-stock?location=WH-2&sort=SKU&cells=true")
    with grid_takes_over(opened.value):
        type_target(page, 0, "98.5")
    settle(page)
    expect(page.get_by_text(re.compile("SKU-001 at WH-2: .* → 98.5 %"))).to_be_visible()
    keep_no_draft(server_home)  # as in another window
    with grid_takes_over(opened.value):
        type_target(page, 1, "98")
    settle(page)
    expect(page.get_by_text(re.compile("SKU-002 at WH-2: .* → 98.0 %"))).to_be_visible()
    expect(page.get_by_text(re.compile("Draft of 1 change"))).to_be_visible()
    # What is not taken is not shown as if it were, nor asked for again with the next cell.
    type_target(page, 2, "7")
    expect(page.get_by_text("1 cell not taken")).to_be_visible()
    type_target(page, 3, "97.5")
    expect(page.get_by_text(re.compile("SKU-004 at WH-2: .* → 97.5 %"))).to_be_visible()
    expect(page.get_by_text("not taken")).to_have_count(0)


def grid_takes_over(socket: WebSocket) -> AbstractContextManager[object]:
    """Wait until a grid has what was typed as its own value, and says that nothing of what it shows is typed."""
    return socket.expect_event("framesent", lambda frame: b'"edited_rows":{}' in frame, timeout=PATIENCE_MS)


def type_target(page: Page, row: int, percent: str) -> None:
    """Type a target. A grid is a canvas: its cell is found with the keyboard, past SKU, location and product."""
    grid = page.get_by_test_id("stDataFrame").first
    drawn(grid, row).click(position={"x": 30, "y": middle_of(row)})
    # A grid that is new takes the keyboard a little after the click.
    expect(grid.get_by_test_id(f"glide-cell-0-{row}")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    cell = page.locator("#portal input").first
    cell.fill(percent)
    cell.press("Enter")


def test_an_order_is_held_at_the_order_desk(page: Page, server_home: Path) -> None:
    visit(page, "/orders?state=backordered")
    choose_row(page, 0)
    page.get_by_text("Order desk: hold, release").click()
    expect(page.get_by_text(re.compile("The next run holds")).first).to_be_visible()
    expect(page).to_have_url(re.compile("desk=true"))
    settle(page)
    page.get_by_role("button", name=re.compile("^Hold .* with the next run")).click()
    expect(page.get_by_text("Nothing is commanded: say why")).to_be_visible()
    settle(page)
    field(page, "Why").fill("customer rang")
    field(page, "Why").press("Enter")
    settle(page)
    page.get_by_role("button", name=re.compile("^Hold .* with the next run")).click()
    expect(page.get_by_text(re.compile("waits for the next run; by Ada")).first).to_be_visible()
    with open_operations(f"sqlite:///{server_home / 'operations.db'}", now=datetime.now(UTC)) as store:
        assert {(case.command.kind, case.command.reason) for case in store.desk.open_cases()} == {
            ("hold", "customer rang")
        }


def test_a_series_leads_to_changing_its_target(page: Page) -> None:
    visit(page, "/safety-stock?sku=SKU-004&at=WH-1")
    page.get_by_role("button", name="Change its target, lead time or minimum").click()
    expect(page).to_have_url(re.compile("view=Draft"))
    expect(page).to_have_url(re.compile("target_sku=SKU"))
    expect(field(page, "SKU")).to_have_value("SKU-004")
    expect(page.get_by_role("combobox", name="Location")).to_have_value("WH-1")
    settle(page)
    page.go_back()
    expect(page.get_by_role("heading", name="SKU-004 at Warehouse 1")).to_be_visible()
    settle(page)


def test_a_download_is_neutralised(page: Page) -> None:
    visit(page, "/safety-stock?find=SKU-001")
    expect(page.get_by_role("button", name="Download as CSV")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert text.startswith("sku,location_id,service_level_target,")
    assert "'=1+1" in text
    assert ",=1+1" not in text


def test_a_target_is_changed_seen_saved_and_taken_back(page: Page, server_home: Path) -> None:
    visit(page, "/safety-stock?view=Draft")
    _move_target(page, "98.5")
    expect(page.get_by_text("What it would do")).to_be_visible()
    expect(page.get_by_text("Series that change").first).to_be_visible()
    settle(page)
    _save(page, "Promised to customers.", version=2)
    visit(page, "/safety-stock?view=Policy+versions")
    page.get_by_role("combobox", name="Go back to version").click()
    page.get_by_role("option", name="1", exact=True).click()
    expect(page.get_by_text("What it would do")).to_be_visible()
    _save(page, "It cost too much.", version=3)
    with open_operations(f"sqlite:///{server_home / 'operations.db'}", now=datetime.now(UTC)) as store:
        third, second, first = store.policy_history()
        acts = store.audit_trail()
    assert (second.author, second.reason) == ("Ada", "Promised to customers.")
    assert second.targets[("abc_class", "A")] == Target(0.985)
    assert third.targets == first.targets
    policies = [entry.subject for entry in acts if entry.subject.startswith("policy:")]
    assert policies == ["policy:3", "policy:2"]


def test_ticked_rows_are_given_a_minimum_in_a_draft_that_shows_its_effect_at_once(page: Page) -> None:
    visit(page, "/safety-stock?location=WH-2&sort=SKU")
    choose_row(page, 0)
    settle(page)
    choose_row(page, 2)
    expect(page.get_by_role("button", name="Put 2 into the draft")).to_be_visible()
    settle(page)
    what = page.get_by_role("combobox", name="Set")
    what.scroll_into_view_if_needed()  # a list that opens while the page scrolls closes again
    settle(page)
    what.click()
    page.get_by_role("option", name="Minimum, units").click()
    units = page.get_by_role("spinbutton", name="Value")
    units.fill("90")
    units.press("Enter")
    settle(page)
    page.get_by_role("button", name="Put 2 into the draft").click()
    expect(page.get_by_text("The draft has 2 changes now")).to_be_visible()
    expect(page.get_by_text("of 2 covered")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Look through the draft").click()
    expect(page.get_by_text("Draft of 2 changes")).to_be_visible()
    page.get_by_role("button", name="Empty the draft").click()
    expect(page.get_by_text("Change something, and see here")).to_be_visible()


def test_a_workbook_goes_out_is_edited_and_comes_back_as_a_draft_with_what_was_refused(
    page: Page, server_home: Path, tmp_path: Path
) -> None:
    visit(page, "/safety-stock?location=WH-2&sort=SKU")
    with page.expect_download() as download:
        page.get_by_role("button", name="Excel").click()
    book = load_workbook(io.BytesIO(download.value.path().read_bytes()))
    rows = book.worksheets[0]
    column = {cell.value: cell.column for cell in rows[1]}
    assert rows.max_row == 31
    rows.cell(2, column["qty_minimum"]).value = 90
    rows.cell(3, column["service_level_target"]).value = 0.985
    rows.cell(4, column["lead_time_days_set"]).value = "soon"
    rows.cell(5, column["qty_minimum"]).value = "=2*3"
    rows.cell(6, column["sku"]).value = "NO-SUCH"
    book.save(tmp_path / "back.xlsx")
    visit(page, "/safety-stock?view=Draft")
    page.get_by_text("From a spreadsheet").click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(tmp_path / "back.xlsx")
    expect(page.get_by_text("30 rows read, 2 of them ask for something else than is in force")).to_be_visible()
    expect(page.get_by_text("3 things are not taken")).to_be_visible()
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").first.click()
    told = pd.read_csv(download.value.path())
    assert told["row"].tolist() == [4, 5, 6]
    assert told["value"].tolist() == ["soon", "'=2*3", "NO-SUCH"]
    page.get_by_role("button", name="Put 2 rows into the draft").click()
    expect(page.get_by_text("Draft of 2 changes")).to_be_visible()
    expect(page.get_by_text("Series that change").first).to_be_visible()
    _save(page, "From the buyers' sheet.", version=_next_version(server_home))
    with open_operations(f"sqlite:///{server_home / 'operations.db'}", now=datetime.now(UTC)) as store:
        rules = store.current_policy().by_scope
    assert rules["sku_location", "SKU-001@WH-2"].qty_minimum == 90
    assert rules["sku_location", "SKU-002@WH-2"].target == Target(0.985)


def _move_target(page: Page, percent: str) -> None:
    target = page.get_by_label("Target cycle service level")
    target.fill(percent)
    target.press("Enter")


def _next_version(home: Path) -> int:
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        return store.current_policy().version + 1


def _save(page: Page, reason: str, version: int) -> None:
    settle(page)
    field(page, "Why").fill(reason)
    page.get_by_role("button", name=f"Save as version {version}").click()
    expect(page.get_by_text(f"Version {version} is saved.")).to_be_visible()
    settle(page)


def test_a_proposal_is_chosen_changed_and_accepted_and_the_next_row_is_not_chosen_in_its_place(page: Page) -> None:
    visit(page, "/to-order?kind=Buy&state=open")
    decide = page.get_by_text(re.compile(r"^Decide about [\d,]+ proposal"))
    total = int(decide.inner_text().split()[2])
    choose_row(page, 1)
    expect(decide).to_have_text("Decide about 1 proposal")
    field(page, "Why").fill("too dear")
    field(page, "Why").press("Enter")  # of several commands it is none
    settle(page)
    expect(decide).to_have_text("Decide about 1 proposal")
    field(page, "Quantity").fill("12")
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_text("1 proposal accepted")).to_be_visible()
    expect(decide).to_have_text(f"Decide about {total - 1} proposals")
    visit(page, "/to-order?state=accepted")
    expect(decide).to_have_text("Decide about 1 proposal")
    page.get_by_role("button", name="Take back", exact=True).click()
    expect(page.get_by_text("1 proposal open again")).to_be_visible()


def test_of_a_double_click_the_reader_is_told_what_the_first_did(page: Page, server_home: Path) -> None:
    page.goto("/safety-stock?view=Draft")
    settle(page)
    percent = page.get_by_test_id("stNumberInput").first.locator("input")
    percent.fill("93.5")
    percent.press("Enter")
    page.get_by_label("Why").fill("twice")
    settle(page)
    page.get_by_role("button", name="Save as version").dblclick()
    expect(page.get_by_text(re.compile(r"Version \d+ is saved"))).to_be_visible()
    settle(page)
    expect(page.get_by_text("Nothing was saved")).to_have_count(0)
    with open_operations(f"sqlite:///{server_home / 'operations.db'}", now=datetime.now(UTC)) as store:
        assert [policy.reason for policy in store.policy_history()].count("twice") == 1
