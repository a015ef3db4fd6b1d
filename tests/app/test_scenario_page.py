"""Scenarios beside today: kept, compared, saved as a version, taken up, run again, withdrawn, and called alike."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from oms_core.replenishment.policy.targets import Target
from oms_core.store.operations import PolicyChange, Replay, open_operations
from oms_core.store.operations import at_the_machine as by
from tests.app.reading import Opener, assert_in_order, text_of

CHANGES = (PolicyChange("abc_class", "A", 0.99), PolicyChange("location", "WH-1", qty_minimum=40))


@pytest.fixture
def kept(home: Path) -> Path:
    """A home with a scenario."""
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=datetime.now(UTC)) as store:
        store.scenarios.keep("Safer", CHANGES, by("Bob"), datetime.now(UTC), 1)
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
        (scenario,) = store.scenarios.kept()
    assert (scenario.author, scenario.revision, scenario.changes) == ("Ada", 2, CHANGES)


def test_past_weeks_are_run_under_a_scenario_and_what_they_gave_is_shown(kept: Path, open_page: Opener) -> None:
    app = open_page("scenario", scenario="Safer").button(key="replay-run").click().run()
    # The synthetic home has pages to show and nothing to run: the command's own words are told.
    assert "The weeks were not run again: There is no home" in text_of(app).replace("\\", "")
    names = ("RS at targets in force", "RS under Safer")
    rows = [{"scenario": name, "metric": "fill_rate", "value": 0.961, "low": 0.95, "high": 0.97} for name in names]
    with open_operations(f"sqlite:///{kept / 'operations.db'}", now=datetime.now(UTC)) as store:
        store.scenarios.note_replay(Replay("Safer", 1, datetime.now(UTC), 70, date(2026, 6, 1), False, rows))
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
        assert store.scenarios.kept() == []


def test_a_scenario_called_as_what_it_is_compared_with_does_not_stand_in_its_place(
    home: Path, open_page: Opener
) -> None:
    ada, now = by("Ada"), datetime.now(UTC)
    before = open_page("scenario").dataframe[0].value.set_index("name")
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=now) as store:
        store.scenarios.keep("Today", [PolicyChange("abc_class", "A", 0.999)], ada, now, 1)
    rows = open_page("scenario").dataframe[0].value.set_index("name")
    assert list(rows.index) == ["Today", "Today (kept)"]
    assert rows.loc["Today", "investment_minor"] == before.loc["Today", "investment_minor"]
    assert rows.loc["Today (kept)", "investment_minor_change"] > 0
