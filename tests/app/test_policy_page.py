"""The draft of a policy and its versions: what a change would do, who saves it, and how one goes back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from streamlit.testing.v1 import AppTest

from oms_core.replenishment.policy.targets import Target
from oms_core.store.operations import PolicyChange, open_operations
from oms_core.store.operations import at_the_machine as by
from tests.app.reading import Opener, assert_in_order, metric, text_of


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


def change_target(app: AppTest, percent: float) -> AppTest:
    return app.number_input[0].set_value(percent).run()


def save(app: AppTest, reason: str = "Promised to customers.") -> AppTest:
    """Fill the form and press its button."""
    app.text_input(key="reason-change").set_value(reason)
    return app.button[-1].click().run()


def add_nothing() -> None:
    """A page that adds no edit to the draft, as the callback of a grid does that has taken over what was typed."""
    import streamlit as st

    from dashboards.safety_stock import drafts
    from dashboards.settings import Settings
    from dashboards.shell import signing
    from dashboards.source import operations
    from oms_core.store.operations import at_the_machine

    signing.let_in(signing.Person(at_the_machine("Ada"), "Ada"))
    drafts.add(operations(Settings.from_environment()).current_policy(), [])
    st.caption("Nothing is added.")


def test_adding_nothing_to_a_draft_does_not_write_it_anew(home: Path) -> None:
    kept = datetime(2026, 6, 1, 8, tzinfo=UTC)
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=kept) as store:
        store.keep_draft(1, [PolicyChange("location", "WH-1", 0.98)], by("Ada"), kept)
        page = AppTest.from_function(add_nothing, default_timeout=120).run()
        assert_in_order(page)
        assert text_of(page) == "Nothing is added."
        assert store.draft_kept_at("Ada") == kept


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
