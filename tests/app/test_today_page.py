"""The page of today: what needs a person is counted as the marts have it, and each row opens where it can be mended."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from dashboards.settings import Settings
from dashboards.source import Query, current_source
from dashboards.today import work
from dashboards.today.worklists import WORKLISTS
from oms_core.store.operations import PolicyChange, Run, at_the_machine, open_operations
from tests.app.reading import Opener, metric
from tests.app.window import drawn, middle_of, settle


def told(app: AppTest) -> dict[str, str]:
    """By title: what the page says of each kind of work that waits."""
    labels = [expander.label.replace("\\", "").replace("\u2060", "") for expander in app.expander]
    return dict(re.fullmatch(r"\*\*(.*)\*\*: (.*)", label).groups() for label in labels)  # type: ignore[union-attr]


def marts(home: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(home / "published" / "2026-06-01-synthetic0" / f"{name}.parquet")


def test_each_kind_of_work_is_counted_as_the_marts_have_it(open_page: Opener, home: Path) -> None:
    app = open_page("today")
    assert not app.exception
    works = told(app)
    held = marts(home, "fct_order_lines").query("qty_held > 0")
    money = (held["qty_held"] * held["unit_price_minor"]).sum()
    assert works["Held order lines"].startswith(f"{len(held)} lines, the oldest ")
    assert works["Held order lines"].endswith(f"EUR {round(money / 100):,} ordered")
    counts = marts(home, "fct_stock_reconciliation").query("cause != 'agrees'")
    assert works["Counts that disagree"].startswith(f"{len(counts)} counts, the oldest {counts['age_days'].max()} days")
    assert works["Records set aside in the last 7 days"] == "3 records"
    assert works["Alarms of the forecast"].startswith("2 alarms")
    assert works["Overrides of the forecast that cover nothing"] == "1 override"
    proposals = marts(home, "fct_replenishment")
    assert works["Proposals to buy and to move that wait for a decision"].startswith(f"{len(proposals)} proposals")


@pytest.mark.usefixtures("home")
def test_the_download_of_a_list_has_all_of_it_in_its_order() -> None:
    source = current_source(Settings.from_environment())
    grouped = {kind.name for kind in WORKLISTS if kind.grouped}
    works = [one for one in work.from_snapshot(source) if one.count and one.kind.name not in grouped]
    assert any(one.count > work.WORST for one in works)
    for one in works:
        every = one.every()
        assert len(every) == one.count
        shown = [column.name for column in one.kind.columns]
        pd.testing.assert_frame_equal(every.head(work.WORST)[shown], one.worst[shown], check_dtype=False)


def test_what_was_achieved_stands_beside_what_is_expected_and_aimed_at(open_page: Opener, home: Path) -> None:
    lived = marts(home, "rpt_service")
    achieved = (lived["service_level_achieved"] * lived["qty_demand"]).sum() / lived["qty_demand"].sum()
    assert metric(open_page("today"), "Expected service")[1].endswith(f"; achieved {achieved:.1%}".replace("%", " %"))


@pytest.mark.usefixtures("home")
def test_records_set_aside_open_those_of_the_days_they_are_counted_for() -> None:
    works = {one.kind.name: one for one in work.from_snapshot(current_source(Settings.from_environment()))}
    kind, rows = works["quarantined"].kind, works["quarantined"].worst
    assert kind.opens is not None
    assert ("since", "since") in kind.opens[1]
    assert set(rows["since"]) == {"2026-06-01"}


def test_the_most_urgent_comes_first_and_what_needs_nobody_is_said(open_page: Opener, home: Path) -> None:
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        now = datetime.now(UTC)
        store.record_run(Run("run-3", now, now, "failed", now, summary={"failures": ["gate of web_orders"]}))
    app = open_page("today")
    assert next(iter(told(app))) == "The daily run"
    assert app.dataframe[0].value["why"].iloc[0] == "gate of web_orders"
    assert list(told(app))[-1].startswith("Proposals")
    quiet = next(caption.value for caption in app.caption if "Nothing to do" in caption.value)
    assert "every feed is on time" in quiet
    assert "no promise is broken" in quiet
    assert "every document is on its way or answered" in quiet
    assert "the daily run" not in quiet


def test_a_change_that_waits_for_a_second_person_is_work(open_page: Opener, home: Path) -> None:
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        now, ada = datetime.now(UTC), at_the_machine("Ada")
        store.set_policy_review(True, ada, now)
        store.submit_policy([PolicyChange("abc_class", "A", 0.99)], ada, "Promised.", now, 1, None)
        assert told(open_page("today"))["Changes of the policy that wait for a second person"] == "1 change"
        store.approve_policy(1, at_the_machine("Bea"), "", now, 1)
    assert "Changes of the policy that wait for a second person" not in told(open_page("today"))


def test_where_nothing_waits_the_page_says_so(
    home: Path, synthetic: ModuleType, open_page: Opener, tmp_path: Path
) -> None:
    nothing = synthetic.World.__new__(synthetic.World)
    nothing.rows = {name: [] for name in synthetic.PUBLISHED}
    made = synthetic.write_home(tmp_path / "empty", nothing)
    folder = (made / "published" / "2026-06-01-synthetic0").rename(home / "published" / "2026-06-01-nothing")
    manifest = (folder / "manifest.json").read_text().replace("2026-06-01-synthetic0", folder.name)
    (folder / "manifest.json").write_text(manifest)
    (home / "published" / "CURRENT").write_text(folder.name)
    app = open_page("today")
    assert not app.exception
    assert [element.value for element in app.success] == ["Nothing waits for a person."]
    assert not app.expander


def test_a_store_that_cannot_be_opened_is_told_and_shows_nobody_anything(
    open_page: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows who may see the pages."""
    monkeypatch.setenv("OMS_DATABASE_URL", "sqlite:////no/such/folder/operations.db")
    app = open_page("today")
    assert not app.exception
    assert "cannot be opened" in app.error[0].value
    assert told(app) == {}


def test_partners_that_cannot_be_read_are_told_with_their_file(open_page: Opener, home: Path) -> None:
    (home / "partners.yaml").write_text("partners: [not, a, mapping]", encoding="utf-8")
    app = open_page("today")
    assert not app.exception
    assert "partners.yaml" in app.error[0].value


def test_the_figures_agree_with_the_marts(open_page: Opener, home: Path) -> None:
    app = open_page("today")
    orders, lines = marts(home, "fct_orders"), marts(home, "fct_order_lines")
    undone = orders["order_state"].isin(["open", "held"]).sum()
    waiting = lines["qty_backordered"].sum()
    assert metric(app, "Orders not finished") == (str(undone), f"{waiting} units backordered")
    assert metric(app, "Forecast error (SPL)") == ("0.300", "40 % below seasonal naive")
    assert metric(app, "Stock at cost")[0].startswith("EUR ")
    assert " + JPY " in metric(app, "Stock at cost")[0]
    assert lines["hours_to_ship"].isna().all()
    assert metric(app, "Cycle time") == ("–", "28 days; before –")


def test_a_figure_of_several_currencies_is_shown_in_full(page: Page) -> None:
    page.goto("/")
    settle(page)
    figures = page.get_by_test_id("stMetricValue")
    expect(figures.filter(has_text=" + JPY ").first).to_be_visible()
    # What stands in a line, not in a box, has no width of its own.
    is_cut = "one => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1"
    cut = f"all => all.flatMap(one => [...one.querySelectorAll('*')]).filter({is_cut}).map(one => one.textContent)"
    assert figures.evaluate_all(cut) == []


def test_a_row_opens_what_it_is_about_and_a_link_the_page_that_is_filtered_to_its_kind(page: Page) -> None:
    page.goto("/")
    settle(page)
    page.get_by_text("Held order lines").click()
    held = page.get_by_test_id("stExpander").filter(has_text="Held order lines")
    drawn(held.get_by_test_id("stDataFrame")).click(position={"x": 16, "y": middle_of(0)})
    expect(page).to_have_url(re.compile(r"/orders\?order=web"))
    expect(page.get_by_role("heading", name="Lines")).to_be_visible()
    page.goto("/")
    settle(page)
    page.get_by_text("Counts that disagree").click()
    page.get_by_test_id("stMain").get_by_role("link", name="Counts").click()
    expect(page).to_have_url(re.compile(r"/inventory\?view=Counts"))
    expect(page.get_by_text(re.compile("missing and"))).to_be_visible()
    page.goto("/")
    settle(page)
    page.get_by_test_id("stMain").get_by_role("link", name="At risk").click()
    expect(page).to_have_url(re.compile(r"/inventory\?state=at"))
    expect(page.get_by_text(re.compile("rows, .* units on hand"))).to_be_visible()


def _backorders_that_nothing_ends(home: Path) -> pd.DataFrame:
    """The home's snapshot again, of another name, in which all backorders are so, late, one of what nobody plans."""
    made = shutil.copytree(home / "published" / "2026-06-01-synthetic0", home / "published" / "2026-06-01-nothing-ends")
    waiting = pd.read_parquet(made / "fct_backorders.parquet").assign(next_step="order_supply", days_late=3)
    waiting.loc[0, "sku"] = "SKU-NEVER"
    columns = pq.read_schema(made / "fct_backorders.parquet")
    pq.write_table(pa.Table.from_pandas(waiting, columns, preserve_index=False), made / "fct_backorders.parquet")
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["snapshot_id"] = made.name
    manifest["tables"]["fct_backorders"]["bytes"] = (made / "fct_backorders.parquet").stat().st_size
    (made / "manifest.json").write_text(json.dumps(manifest))
    (home / "published" / "CURRENT").write_text(made.name)
    return waiting


def test_backorders_open_the_proposals_that_end_them_and_late_ones_the_orders_that_are_late(
    open_page: Opener, home: Path
) -> None:
    waiting = _backorders_that_nothing_ends(home)
    kinds = {kind.name: kind for kind in WORKLISTS}
    works = told(open_page("today"))
    assert works["Backorders that nothing ends"].startswith(f"{len(waiting)} line")
    app = open_page("replenishment", **dict(kinds["unsupplied"].link.parameters))
    proposals = marts(home, "fct_replenishment").query("kind == 'purchase'")
    wanted = set(waiting["sku"])
    assert set(app.dataframe[0].value["sku"]) == wanted & set(proposals["sku"])
    assert wanted - set(proposals["sku"]) == {"SKU-NEVER"}
    (warning,) = (element.value.replace("\\", "") for element in app.warning)
    assert warning.startswith("Backorders wait for SKU-NEVER, of which nothing is proposed")
    assert works["Backorders past their promise"].startswith(f"{len(waiting)} line")
    app = open_page("orders", **dict(kinds["late_backorders"].link.parameters))
    assert {f"web:{ref}" for ref in app.dataframe[0].value["order_ref"]} == set(waiting["order_id"])


@pytest.mark.usefixtures("home")
def test_a_kind_that_no_page_shows_by_itself_opens_its_very_rows() -> None:
    source = current_source(Settings.from_environment())
    by_kind = {one.kind.name: one for one in work.from_snapshot(source)}
    asked = {kind.name: dict(kind.link.parameters).get("sql") for kind in WORKLISTS}
    assert {name for name, sql in asked.items() if sql} == {
        "cut_supply", "overdue_supply", "uncleared", "unknown_facts", "idle_overrides",
    }  # fmt: skip
    for name, sql in asked.items():
        assert sql is None or len(source.frame(Query(sql))) == by_kind[name].count
