"""Every page, run for real but without a browser: it opens, tells its snapshot, and does what its URL says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.allocation import waiting_view
from dashboards.orders import lineage
from dashboards.safety_stock import queries
from dashboards.search import in_order
from oms_core.replenishment.targets import Target
from oms_core.store.held import Held
from oms_core.store.lineage import STEPS
from oms_core.store.operations import PolicyChange, Replay, Run, open_operations
from oms_core.store.operations import at_the_machine as by
from oms_core.store.snapshots import Snapshot

Opener = Callable[..., AppTest]

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
#: The run before the last one, as it is named in the URL.
BEFORE = "2026-05-31 23:59 UTC · run-befo"
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


def text_of(app: AppTest) -> str:
    """All the words on a page."""
    parts = (app.markdown, app.caption, app.info, app.success, app.warning, app.error, app.sidebar.markdown)
    return "\n".join(str(element.value) for part in (*parts, app.sidebar.caption) for element in part)


def metric(app: AppTest, label: str) -> tuple[str, str]:
    """A figure's value and the line under it."""
    found = next(element for element in app.metric if element.label == label)
    return found.value, found.delta


def assert_in_order(app: AppTest) -> None:
    assert [element.value for element in app.exception] == []
    assert [element.value for element in app.error] == []


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


@pytest.mark.parametrize("page", PAGES)
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


@pytest.mark.parametrize("missing", ["published", "."])
@pytest.mark.parametrize("page", PAGES)
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


def test_stock_that_is_held_back_says_why(open_page: Opener) -> None:
    app = open_page("safety_stock", sku="SKU-001", at="WH-1")
    (warning,) = app.warning
    assert warning.value.replace("\\", "") == "1 units are held back from sale: nothing heard since 2026-05-20."
    assert not open_page("safety_stock", sku="SKU-002", at="WH-1").warning


def test_an_alarm_of_the_forecast_is_told_in_words(open_page: Opener) -> None:
    warning, silence = open_page("runs", section="Forecasts").warning
    assert warning.value == "Class A, newest week of back-tests: totals were forecast 21.0 % too low."
    assert silence.value.startswith("WH-1: nothing was sold on 3 days of the last 28")


def test_levels_are_found_by_filters_in_the_url(open_page: Opener) -> None:
    app = open_page("safety_stock", find="sku-005", location="WH-1")
    assert list(app.dataframe[0].value["sku"]) == ["SKU-005"]
    assert list(app.dataframe[0].value["location_id"]) == ["WH-1"]


def test_levels_are_found_by_class_pattern_and_supplier(open_page: Opener) -> None:
    app = open_page("safety_stock", xyz="Y", demand="erratic", supplier="SUP-1", sort="SKU")
    assert set(app.dataframe[0].value["class"]) == {"BY"}
    assert "18 series" in text_of(app)
    assert "No level is like that" in text_of(open_page("safety_stock", xyz="X", demand="lumpy"))


def put_into_draft(app: AppTest, thing: str, whom: str, value: float | None) -> AppTest:
    app.selectbox(key="rows-thing").set_value(thing).run()
    next(box for box in app.selectbox if box.label == "For").set_value(whom).run()
    keys = {"Target": "percent", "Lead time, days": "lead_time_days", "Minimum, units": "qty_minimum"}
    name = f"rows-{keys[thing]}"
    if value is None:
        app.toggle(key="rows-away").set_value(True).run()
    else:
        app.number_input(key=name).set_value(value).run()
    return app.button(key="rows-put").click().run()


def test_edits_of_many_rows_and_of_one_rule_collect_in_a_draft_that_is_saved_as_one_version(
    home: Path, open_page: Opener
) -> None:
    app = open_page("safety_stock", location="WH-1", **{"class": "B"})
    assert "qty_safety_stock_then" not in app.dataframe[0].value
    app = put_into_draft(app, "Minimum, units", "all", 25)
    assert "The draft has 6 changes" in text_of(app)
    shown = app.dataframe[0].value
    assert (shown["qty_safety_stock_then"] >= 25).all()
    assert metric(app, "Series that change")[0] == str(int((shown["qty_safety_stock"] < 25).sum()))
    app = put_into_draft(app, "Minimum, units", "all", 25)
    assert "nothing is to be changed" in text_of(app)
    app.selectbox(key="class").set_value(None).run()
    app = put_into_draft(app, "Lead time, days", "scope", 20.0)
    assert "The draft has 7 changes" in text_of(app)
    app.segmented_control(key="view").set_value("Draft").run()
    assert_in_order(app)
    assert "Location WH-1: none → lead time 20 days" in text_of(app).replace("\\", "")
    save(app)
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        policy = store.current_policy()
    assert policy.version == 2
    own = [rule for rule in policy.rules if rule.scope_kind == "sku_location"]
    assert {rule.qty_minimum for rule in own} == {25}
    assert len(own) == 6
    assert policy.by_scope["location", "WH-1"].lead_time_days == 20.0
    app = open_page("safety_stock", view="Draft")
    assert "not saved yet" not in text_of(app)


def test_what_rows_have_of_their_own_is_taken_away_again(home: Path, open_page: Opener) -> None:
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        own = [PolicyChange("sku_location", f"SKU-00{n}@WH-1", 0.99, qty_minimum=3) for n in (1, 2)]
        store.save_policy(own, by("Bob"), "a try", datetime.now(UTC), 1)
    app = put_into_draft(open_page("safety_stock", location="WH-1"), "Target", "all", None)
    assert "The draft has 2 changes" in text_of(app)
    assert "SKU-001 at WH-1: 99.0 %, at least 3 units → at least 3 units" in text_of(app).replace("\\", "")


def test_a_rule_that_covers_more_than_what_is_shown_is_not_offered(open_page: Opener) -> None:
    for query, offered in (
        ({"location": "WH-1"}, "one rule: Location WH-1"),
        ({"class": "A", "xyz": "X"}, "one rule: Class AX"),
        ({"location": "WH-1", "class": "A"}, None),
        ({"xyz": "X"}, None),
        ({"location": "WH-1", "find": "sku-001"}, None),
    ):
        options = next(box for box in open_page("safety_stock", **query).selectbox if box.label == "For").options
        assert [name for name in options if name.startswith("one rule")] == ([offered] if offered else []), query


def test_of_two_who_change_the_same_rule_the_later_is_told_and_loses_nothing(home: Path, open_page: Opener) -> None:
    app = put_into_draft(open_page("safety_stock", location="WH-1"), "Lead time, days", "scope", 20.0)
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        other = [PolicyChange("location", "WH-1", lead_time_days=9.0), PolicyChange("sku", "SKU-002", 0.99)]
        store.save_policy(other, by("Bob"), "meanwhile", datetime.now(UTC), 1)
        app.segmented_control(key="view").set_value("Draft").run()
        told = text_of(app).replace("\\", "")
        assert "Version 2 was saved meanwhile, by Bob" in told.replace("*", "")
        assert "Location WH-1" in told
        app = next(button for button in app.button if button.label.startswith("Keep my changes")).click().run()
        assert "lead time 9 days → lead time 20 days" in text_of(app).replace("\\", "")
        save(app)
        policy = store.current_policy()
    assert policy.by_scope["location", "WH-1"].lead_time_days == 20.0
    assert policy.targets["sku", "SKU-002"] == Target(0.99)


CHANGES = (PolicyChange("abc_class", "A", 0.99), PolicyChange("location", "WH-1", qty_minimum=40))


@pytest.fixture
def kept(home: Path) -> Path:
    """A home with a scenario."""
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        store.keep_scenario("Safer", CHANGES, by("Bob"), datetime.now(UTC), 1)
    return home


def test_without_a_scenario_the_page_shows_today_and_says_how_to_make_one(open_page: Opener) -> None:
    app = open_page("scenario")
    assert_in_order(app)
    assert app.dataframe[0].value["name"].tolist() == ["Today"]
    assert "No scenario is kept yet" in text_of(app)


def test_scenarios_stand_beside_today_with_the_figures_of_the_marts(
    kept: Path, open_page: Opener, synthetic: ModuleType
) -> None:
    rows = open_page("scenario").dataframe[0].value.set_index("name")
    levels = pd.DataFrame(synthetic.World().rows["fct_safety_stock"])
    euro = levels[levels["currency"] == "EUR"]
    assert rows.loc["Today", "qty_safety_stock"] == euro["qty_safety_stock"].sum()
    assert rows.loc["Today", "investment_minor"] == pytest.approx(euro["investment_minor"].sum() / 100)
    assert (rows.loc["Safer", ["investment_minor_change", "fill_rate_change"]] > 0).all()
    yen = open_page("scenario", currency="JPY").dataframe[0].value.set_index("name")
    other = levels[levels["currency"] == "JPY"]
    assert yen.loc["Today", "qty_safety_stock"] == other["qty_safety_stock"].sum()


def test_a_scenario_is_saved_as_a_version_of_the_policy(kept: Path, open_page: Opener) -> None:
    app = open_page("scenario", scenario="Safer")
    assert "Class A: 97.0 % → 99.0 % · Location WH-1: none → at least 40 units" in text_of(app).replace("\\", "")
    app.text_input(key="reason-scenario").set_value("As discussed.")
    app = next(button for button in app.button if button.label.startswith("Save as version")).click().run()
    assert_in_order(app)
    with open_operations(f"sqlite:///{kept / 'operations.db'}", now=datetime.now(UTC)) as store:
        policy = store.current_policy()
    assert policy.targets["abc_class", "A"] == Target(0.99)
    assert policy.by_scope["location", "WH-1"].qty_minimum == 40
    assert "has all of it already" in text_of(app)
    assert "Version 2, saved" in app.dataframe[0].value["name"].tolist()


def test_a_scenario_on_an_earlier_version_says_what_the_policy_changed_since(kept: Path, open_page: Opener) -> None:
    with open_operations(f"sqlite:///{kept / 'operations.db'}", now=datetime.now(UTC)) as store:
        store.save_policy([PolicyChange("abc_class", "A", 0.96)], by("Cy"), "less", datetime.now(UTC), 1)
    told = text_of(open_page("scenario", scenario="Safer")).replace("\\", "")
    assert "Since version 1 the policy itself changed Class A" in told
    assert "Class A: 96.0 % → 99.0 %" in told


def test_a_scenario_is_taken_up_as_the_draft_and_kept_again_in_its_place(kept: Path, open_page: Opener) -> None:
    app = open_page("scenario", scenario="Safer")
    app = next(button for button in app.button if button.label == "Take it up as my draft").click().run()
    assert "Keep the draft of 2 changes as a scenario" in text_of(app)
    app = next(button for button in app.button if button.label == "Keep it").click().run()
    assert "Nothing is kept yet: a name for it please" in text_of(app)
    app.selectbox(key="scenario-name").set_value("Safer")
    app = next(button for button in app.button if button.label == "Keep it").click().run()
    assert "is kept; the draft is empty again" in text_of(app)
    with open_operations(f"sqlite:///{kept / 'operations.db'}", now=datetime.now(UTC)) as store:
        (scenario,) = store.scenarios()
    assert (scenario.author, scenario.revision, scenario.changes) == ("Ada", 2, CHANGES)


def test_past_weeks_are_run_under_a_scenario_and_what_they_gave_is_shown(kept: Path, open_page: Opener) -> None:
    app = open_page("scenario", scenario="Safer").button(key="replay-run").click().run()
    # The synthetic home has pages to show and nothing to run: the command's own words are told.
    assert "The weeks were not run again: There is no home" in text_of(app).replace("\\", "")
    names = ("RS at targets in force", "RS under Safer")
    rows = [{"scenario": name, "metric": "fill_rate", "value": 0.961, "low": 0.95, "high": 0.97} for name in names]
    with open_operations(f"sqlite:///{kept / 'operations.db'}", now=datetime.now(UTC)) as store:
        store.note_replay(Replay("Safer", 1, datetime.now(UTC), 70, date(2026, 6, 1), False, rows))
    app = open_page("scenario", scenario="Safer")
    assert_in_order(app)
    assert "The 10 weeks until Mon 01 Jun 2026 run again" in text_of(app)
    (table,) = (one.value for one in app.dataframe if "Figure" in one.value)
    assert table.set_index("Figure").loc["Fill rate"].tolist() == ["96.1 % (95.0 % to 97.0 %)"] * 2
    assert table.set_index("Figure").loc["Orders placed"].tolist() == ["–", "–"]


def test_a_scenario_is_withdrawn_by_somebody(kept: Path, open_page: Opener) -> None:
    app = open_page("scenario", scenario="Safer")
    app = app.button(key="withdraw").click().run()
    assert_in_order(app)
    assert "Safer is withdrawn" in text_of(app)
    with open_operations(f"sqlite:///{kept / 'operations.db'}", now=datetime.now(UTC)) as store:
        assert store.scenarios() == []


def test_proposals_are_summed_by_kind_and_found_by_filters_in_the_url(open_page: Opener, synthetic: ModuleType) -> None:
    app = open_page("replenishment")
    rows = pd.DataFrame(synthetic.World().rows["fct_replenishment"])
    bought = rows[rows["kind"] == "purchase"]
    assert metric(app, "To buy, at cost")[1] == f"{bought['quantity'].sum():,} units in {len(bought)} proposals"
    assert metric(app, "To move, at cost")[1] == "6 units in 1 proposal"
    only = open_page("replenishment", kind="Move")
    (shown,) = only.dataframe
    assert shown.value[["kind", "source", "quantity"]].to_numpy().tolist() == [["Move", "WH-2", 6]]
    nothing = open_page("replenishment", find="' or 1=1 --")
    assert "Nothing is proposed" in text_of(nothing)


def test_a_run_tells_its_figures_and_its_limits_and_its_decisions_are_found(open_page: Opener) -> None:
    app = open_page("allocation")
    assert metric(app, "Cost by the rules") == ("EUR 90.00", "10.0 % below line by line")
    assert metric(app, "No plan costs less than") == ("EUR 89.10", "at most 1.01 % above the best")
    places = app.dataframe[0].value.set_index("location_id")
    assert list(places["limit"]) == [500, 500]
    assert metric(app, "Lines allocated")[0] == f"{places['lines'].sum():,}"
    split = open_page("allocation", split="true").dataframe[1].value
    assert set(split["location_id"]) == {"WH-1", "WH-2"}
    assert split["order_id"].nunique() == 1
    assert set(open_page("allocation", location="WH-2").dataframe[1].value["reason"].str[:4]) == {"WH-1"}
    assert "is like that" in text_of(open_page("allocation", find="' or 1=1 --"))


def test_an_earlier_run_is_chosen_in_the_url_and_what_waits_is_told(open_page: Opener) -> None:
    app = open_page("allocation", run=BEFORE)
    assert_in_order(app)
    assert metric(app, "Lines allocated")[0] == "0"
    assert "sent nothing" in text_of(app)
    assert "decided anew" not in text_of(app)
    app = open_page("allocation", view="What waits for stock")
    (waiting,) = app.dataframe
    assert set(waiting.value["next_step"]) == {"purchase order P1:1"}
    assert f"{len(waiting.value)} lines wait" in text_of(app)


def test_what_waits_is_found_by_order_or_sku_by_why_and_by_what_will_end_it(open_page: Opener) -> None:
    waits = {"view": "What waits for stock"}
    (every,) = (one.value for one in open_page("allocation", **waits).dataframe)
    sku = every["sku"].iloc[0]
    app = open_page("allocation", **waits, waiting_find=sku.lower(), waiting_reason="no_stock", waiting_step="date")
    assert_in_order(app)
    assert app.selectbox(key="waiting_step").value == "supply on its way"
    assert len(app.dataframe[0].value) == (every["sku"] == sku).sum() < len(every)
    assert next(box for box in app.selectbox if box.key == "waiting_reason").options == ["no stock"]
    none = open_page("allocation", **waits, waiting_step="substitute")
    assert len(none.dataframe) == 0
    assert "No line that waits is like that" in text_of(none)
    assert "No line that waits is like that" in text_of(open_page("allocation", **waits, waiting_reason="gone_by"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"next_step": "other_location", "alternative_location_id": "ST-1", "qty_alternative": 12}, "ST-1 has all of"),
        ({"next_step": "substitute", "substitute_sku": "SKU-9", "qty_substitute": 3}, "SKU-9 instead: 3 to sell"),
        ({"next_step": "date", "pegged_to": "transfer T-1:2"}, "transfer T-1:2"),
        ({"next_step": "order_supply", "next_inbound_date": None}, "supply to be ordered: none is coming"),
        (
            {"next_step": "order_supply", "next_inbound_date": date(2026, 6, 9), "next_inbound_location_id": "WH-1"},
            "supply to be ordered: next comes 09 Jun 2026, to WH-1",
        ),
    ],
)
def test_what_will_end_a_wait_is_told_in_words(line: dict[str, object], told: str) -> None:
    assert waiting_view.with_ends(pd.DataFrame([line]))["next_step"].iloc[0].startswith(told)


def test_a_held_line_says_why(open_page: Opener, home: Path) -> None:
    with Snapshot.current(home / "published") as snapshot:
        held = snapshot.query("select order_id from fct_order_lines where qty_held > 0 limit 1").to_pylist()[0]
    lines = open_page("orders", order=held["order_id"]).dataframe[0].value
    assert "address check" in set(lines["hold_reason"])


def test_what_waits_for_a_wave_and_what_was_moved_before_it_is_told(open_page: Opener) -> None:
    app = open_page("allocation", view="What waits for its wave")
    wave, line = (one.value for one in app.dataframe)
    assert list(wave[["location_id", "lines"]].iloc[0]) == ["WH-1", 1]
    assert wave["release_due_at"].iloc[0] == line["release_due_at"].iloc[0]
    assert list(line["waits_for"]) == ["wave"]
    for wanted in ({"waves_location": "WH-2"}, {"waves_find": "no such SKU"}):
        empty = open_page("allocation", view="What waits for its wave", **wanted)
        assert "No line that waits for a wave is like that" in text_of(empty)
    found = open_page("allocation", view="What waits for its wave", waves_location="WH-1", waves_find="SKU-")
    assert len(found.dataframe[1].value) == 1
    assert "The next wave is of 2026-06-02 13:59 UTC" in text_of(app)
    assert "Of 7 lines that were promised before and decided anew, 2 moved: EUR 5.00 less than without." in text_of(app)


def test_a_search_is_data_and_never_sql(open_page: Opener) -> None:
    for page in ("orders", "safety_stock"):
        app = open_page(page, find="'; drop table fct_orders; --")
        assert_in_order(app)
        assert len(app.dataframe) == 0


def test_a_series_tells_the_overrides_of_its_forecast(open_page: Opener) -> None:
    text = text_of(open_page("safety_stock", sku="SKU-001", at="WH-1")).replace("\\", "")
    assert "Override summer: **times 1.5** from 01 Jun to 10 Jun 2026" in text
    assert "A campaign." in text
    other = text_of(open_page("safety_stock", sku="SKU-002", at="WH-1"))
    assert "Override" not in other


def test_a_series_that_never_had_stock_is_ordered_as_having_none(synthetic: ModuleType, tmp_path: Path) -> None:
    world = synthetic.World()
    positions = world.rows["fct_inventory_position"]
    gone = [row for row in positions if row["sku"] == "SKU-007"]
    world.rows["fct_inventory_position"] = [row for row in positions if row not in gone]
    query = in_order(queries.all_of(queries.Filters()), queries.ORDERS["furthest below reorder point"])
    with Snapshot.current(synthetic.write_home(tmp_path / "home", world) / "published") as snapshot:
        levels = snapshot.query(query.sql, query.parameters).to_pandas()
    below = levels["qty_position"] - levels["qty_reorder_point"]
    assert gone
    assert below.is_monotonic_increasing


def test_levels_come_a_page_at_a_time(open_page: Opener) -> None:
    first, second = open_page("safety_stock", sort="SKU"), open_page("safety_stock", sort="SKU", page="2")
    assert [len(app.dataframe[0].value) for app in (first, second)] == [50, 40]
    assert first.dataframe[0].value["sku"].iloc[0] == "SKU-001"
    assert second.dataframe[0].value["sku"].iloc[-1] == "SKU-030"


def test_an_order_shows_lines_events_shipments_decisions_documents_and_where_it_came_from(open_page: Opener) -> None:
    app = open_page("orders", order="web:100005", part="Where it came from")
    lines, events, shipments, decisions, exports, lineage = (element.value for element in app.dataframe)
    assert list(lines["line_state"]) == ["fulfilled"] * 3
    assert list(events["event_type"].unique()) == ["placed", "allocated", "document made", "shipped"]
    assert sorted(shipments["quantity"]) == [1, 2, 3]
    assert list(decisions["location_id"]) == ["WH-1"] * 3
    assert sorted(exports["qty_shipped"]) == [1, 2, 3]
    assert list(lineage["file_name"]) == ["orders_2026-06-01.json"] * 3
    assert list(lineage["row_number"]) == [1, 2, 3]


def test_a_line_is_followed_back_step_by_step(open_page: Opener) -> None:
    app = open_page("orders", order="web:100009", part="Where it came from")
    captions = [caption.value for caption in app.caption]
    for step in STEPS:
        assert any(caption.startswith(f"**{step.name.capitalize()}**") for caption in captions)
    shown = [set(element.value.columns) for element in app.dataframe]
    for step in ("document", "decision", "levels", "order line"):
        assert any({column.name for column in lineage.COLUMNS[step]} <= columns for columns in shown), step


def change_target(app: AppTest, percent: float) -> AppTest:
    return app.number_input[0].set_value(percent).run()


def save(app: AppTest, reason: str = "Promised to customers.") -> AppTest:
    """Fill the form and press its button."""
    app.text_input(key="reason-change").set_value(reason)
    return app.button[-1].click().run()


def test_a_target_shows_its_effect_and_saves_a_version_that_is_audited(home: Path, open_page: Opener) -> None:
    app = change_target(open_page("safety_stock", view="Draft"), 98.5)
    assert "Class A: 97.0 % → 98.5 %" in text_of(app).replace("\\", "")
    units = [element for element in app.metric if element.label == "Safety stock, units"]
    assert all(int(element.delta.replace(",", "")) > 0 for element in units)
    app = save(app)
    assert_in_order(app)
    assert "Version 2 is saved" in text_of(app)
    assert "follow version 1" in text_of(app)
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        policy = store.current_policy()
        assert (policy.version, policy.author, policy.reason) == (2, "Ada", "Promised to customers.")
        assert policy.targets[("abc_class", "A")] == Target(0.985)
        assert [entry.subject for entry in store.audit_trail()] == ["policy:2"]


def test_a_target_of_another_measure_shows_its_effect_and_is_saved(home: Path, open_page: Opener) -> None:
    app = open_page("safety_stock", view="Draft")
    app = next(one for one in app.segmented_control if one.label == "What it measures").set_value("fill_rate").run()
    assert not app.exception
    assert "Class A: 97.0 % → fill rate 97.0 %" in text_of(app).replace("\\", "")
    save(app)
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        assert store.current_policy().targets[("abc_class", "A")] == Target(0.97, "fill_rate")


def test_a_sku_gets_its_own_target_and_loses_it_again(home: Path, open_page: Opener) -> None:
    query = {"view": "Draft", "covers": "One SKU", "target_sku": "sku-004"}
    save(change_target(open_page("safety_stock", **query), 99.5))
    app = open_page("safety_stock", **query)
    app = app.checkbox[0].check().run()
    assert "SKU SKU-004: 99.5 % → none" in text_of(app).replace("\\", "")
    save(app)
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        latest, middle, first = store.policy_history()
    assert middle.targets[("sku", "SKU-004")] == Target(0.995)
    assert latest.targets == first.targets


def test_a_save_on_an_outdated_version_is_refused_and_told(home: Path, open_page: Opener) -> None:
    app = change_target(open_page("safety_stock", view="Draft"), 98.5)
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        store.save_policy([PolicyChange("default", "*", 0.96)], by("Bob"), "meanwhile", datetime.now(UTC), 1)
        app = save(app)
        assert "Nothing was saved" in app.warning[0].value
        assert "Bob" in app.warning[0].value
        assert store.current_policy().author == "Bob"


def test_a_save_without_a_reason_asks_for_it(home: Path, open_page: Opener) -> None:
    app = save(change_target(open_page("safety_stock", view="Draft"), 98.5), reason=" ")
    assert "a reason please" in app.warning[0].value
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        assert store.current_policy().version == 1


def test_the_target_in_force_changes_nothing(open_page: Opener) -> None:
    app = open_page("safety_stock", view="Draft")
    assert len(app.metric) == 0
    assert "Change something" in text_of(app)


def test_going_back_to_a_version_makes_a_new_one(home: Path, open_page: Opener) -> None:
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        changes = [PolicyChange("abc_class", "C", 0.8), PolicyChange("sku", "SKU-002", 0.99)]
        store.save_policy(changes, by("Bob"), "a try", datetime.now(UTC), 1)
    app = open_page("safety_stock", view="Policy versions")
    app = app.selectbox(key="back_to").set_value(1).run()
    app.text_input(key="reason-back").set_value("It cost too much.")
    app = app.button[-1].click().run()
    assert_in_order(app)
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        latest, _, first = store.policy_history()
    assert latest.version == 3
    assert latest.targets == first.targets


def test_a_store_that_cannot_be_opened_is_told_in_words(open_page: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMS_DATABASE_URL", "sqlite:////no/such/folder/operations.db")
    app = open_page("runs")
    assert [element.value for element in app.exception] == []
    assert "cannot be opened" in app.error[0].value


def test_a_failed_run_is_told_with_its_reason(home: Path, open_page: Opener) -> None:
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        started = datetime.now(UTC)
        store.record_run(
            Run("run-3", started, started, "failed", started, summary={"failures": ["gate of web_orders"]})
        )
    for query in ({}, {"run": "run-3"}):
        app = open_page("runs", **query)
        assert [element.value for element in app.exception] == []
        assert "gate of web\\_orders" in app.error[0].value
    assert "It proved nothing" in text_of(app)
    listed = open_page("runs", state="failed").dataframe[0].value
    assert list(listed["run_id"]) == ["run-3"]


def test_a_run_is_opened_with_what_it_made_and_leads_to_what_it_decided(open_page: Opener) -> None:
    app = open_page("runs", run="run-000000000002")
    assert_in_order(app)
    assert "published `2026-06-01-synthetic0`" in text_of(app)
    assert metric(app, "Documents")[0] == "2"


def test_what_was_set_aside_is_found_by_file_rule_and_day_and_told_in_words(open_page: Opener) -> None:
    rows = open_page("runs", section="Set aside").dataframe[0].value
    assert not rows["reason_code"].str.contains("_").any()
    name, rule = rows["file_name"].iloc[0], rows["reason_code"].iloc[0]
    found = open_page("runs", section="Set aside", find=name.upper(), rule=rule).dataframe[0].value
    assert set(found["file_name"]) == {name}
    assert set(found["reason_code"]) == {rule}
    app = open_page("runs", section="Set aside", since="2030-01-01")
    assert "No record that was set aside is like that" in text_of(app)


def test_a_file_that_stops_its_feed_is_told_with_what_lets_it_go_on(home: Path, open_page: Opener) -> None:
    folder = home / "quarantine" / "web_orders" / "held"
    folder.mkdir(parents=True)
    held = Held("web_orders", "half.csv", "c0ffee" * 10, "gate_failed", "half of it is missing")
    (folder / "half.json").write_text(held.to_json(), encoding="utf-8")
    app = open_page("runs", section="Set aside")
    assert "1 file stops its feed" in app.error[0].value
    assert list(app.dataframe[0].value["command"]) == ["oms quarantine discard c0ffeec0ffee"]


def test_rules_that_cannot_be_followed_are_refused_by_line_and_nothing_is_tried(open_page: Opener) -> None:
    app = open_page("allocation", view="Try rules")
    app.text_area(key="rules-text").set_value("late_day_minor: 5\nsolver: gredy").run()
    assert "written here: line 2: solver" in "".join(element.value for element in app.error).replace("\\", "")
    assert app.button(key="rules-try").disabled
    app.text_area(key="rules-text").set_value("solver: greedy").run()
    assert not app.error
    app.button(key="rules-try").click().run(timeout=120)
    assert not app.exception
    # This home has snapshots and was never made by `oms init`: the command's own words say so.
    assert "Nothing was tried: " in "".join(element.value for element in app.warning).replace("\\", "").replace(
        "\u2060", ""
    )
