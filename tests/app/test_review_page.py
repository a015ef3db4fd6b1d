"""A change of the policy as two people make it: submitted by one, looked at and approved by another, on the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.parts import clicks
from oms_core.replenishment.policy.targets import Target
from oms_core.store.operations import OperationsStore, PolicyChange, at_the_machine, open_operations
from tests.app.reading import Opener

NOW = datetime(2026, 6, 2, tzinfo=UTC)
ROOT = at_the_machine("root")
A99 = [PolicyChange("abc_class", "A", 0.99)]


@pytest.fixture
def store(home: Path) -> OperationsStore:
    """Changes are reviewed; the pages' person is whom OMS_USER names."""
    opened = open_operations(f"sqlite:///{home / 'operations.db'}", now=NOW)
    opened.set_policy_review(True, ROOT, NOW)
    return opened


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda name: monkeypatch.setenv("OMS_USER", name)


def words(app: AppTest) -> str:
    assert [element.value for element in app.exception] == []
    parts = (app.markdown, app.caption, app.info, app.warning, app.error, app.success, app.subheader)
    return "\n".join(str(element.value) for part in parts for element in part).replace("\\", "")


def submit(open_page: Opener, percent: float = 98.5, day: date | None = None) -> AppTest:
    app = open_page("safety_stock", view="Draft")
    app = app.number_input[0].set_value(percent).run()
    app.text_input(key="reason-change").set_value("Promised to customers.")
    if day:
        app.date_input(key="from-change").set_value(day)
    return press(app, "Submit for review")


def press(app: AppTest, label: str, reason: str = "") -> AppTest:
    if reason:
        next(field for field in app.text_input if field.label == "What you say to it").set_value(reason)
    return next(button for button in app.button if button.label == label).click().run()


def test_a_draft_is_there_again_after_a_reload_and_is_nobody_elses(
    open_page: Opener, store: OperationsStore, become: Callable[[str], None]
) -> None:
    app = open_page("safety_stock", view="Draft")
    app = press(app.number_input[0].set_value(98.5).run(), "Keep in the draft, and change another")
    assert "Draft of 1 change" in words(app)
    again = open_page("safety_stock", view="Draft")
    assert "Draft of 1 change**, not saved yet · kept for you" in words(again)
    become("Bea")
    assert "Draft of" not in words(open_page("safety_stock", view="Draft"))
    assert "Draft of" not in words(again.run())  # the window that Ada has left
    become("Ada")
    press(again.run(), "Empty the draft")
    assert "Draft of" not in words(open_page("safety_stock", view="Draft"))
    assert store.draft("Ada") is None


def test_of_two_changes_of_one_rule_each_is_told_beside_the_other(
    open_page: Opener, store: OperationsStore, become: Callable[[str], None]
) -> None:
    submit(open_page, 98.5)
    become("Bea")
    submit(open_page, 96.5)
    store.submit_policy([PolicyChange("abc_class", "C", 0.5)], ROOT, "else", NOW, 1)
    for number, other in (("1", "Change 2 by Bea"), ("2", "Change 1 by Ada")):
        said = words(open_page("safety_stock", view="Policy versions", change=number))
        assert f"{other} is on its way to the same rule, and what applies later replaces it: " in said
    assert "the same rule" not in words(open_page("safety_stock", view="Policy versions", change="3"))


def versions(open_page: Opener) -> AppTest:
    return open_page("safety_stock", view="Policy versions")


def test_a_change_waits_for_a_second_person_and_is_the_next_version_when_he_approves(
    open_page: Opener, store: OperationsStore, become: Callable[[str], None]
) -> None:
    app = submit(open_page)
    assert "Change 1 waits for review." in words(app)
    assert "Change 1 by Ada waits for review, to apply from the next run: Class A: 97.0 % → 98.5 %." in words(app)
    assert store.current_policy().version == 1
    own = versions(open_page)
    assert "It is your own: a second person approves it." in words(own)
    assert next(button for button in own.button if button.label == "Approve").disabled
    become("Bea")
    app = versions(open_page)
    assert "Promised to customers." in words(app)
    assert "What it would do" in words(app)
    app = press(app, "Approve", "agreed")
    assert "Change 1 is version 2 now." in words(app)
    policy = store.current_policy()
    assert (policy.version, policy.author, policy.targets[("abc_class", "A")]) == (2, "Ada", Target(0.985))
    shown, submitted = (pd.DataFrame(element.value) for element in app.dataframe)
    assert shown[["version", "author", "reviewer"]].iloc[0].tolist() == [2, "Ada", "Bea"]
    assert submitted[["state", "author", "reviewer", "review_reason"]].iloc[0].tolist() == [
        "applied", "Ada", "Bea", "agreed",
    ]  # fmt: skip


def test_a_change_for_a_later_day_says_so_and_waits_for_it(
    open_page: Opener, store: OperationsStore, become: Callable[[str], None]
) -> None:
    submit(open_page, day=date(2026, 6, 8))
    become("Bea")
    app = press(versions(open_page), "Approve")
    assert "**Change 1 is approved.** It applies from Mon 08 Jun 2026." in words(app)
    assert "is approved and applies from Mon 08 Jun 2026" in words(app)
    assert store.current_policy().version == 1
    store.apply_due_policies(date(2026, 6, 8), NOW)
    shown = pd.DataFrame(versions(open_page).dataframe[0].value)
    assert shown["applies_from"].iloc[0] == date(2026, 6, 8)


def test_a_change_that_is_approved_after_its_day_applies_from_the_next_run_and_says_so(
    open_page: Opener, store: OperationsStore, become: Callable[[str], None]
) -> None:
    store.submit_policy(A99, at_the_machine("Ada"), "Promised.", NOW, 1, date(2026, 5, 29))
    over = "from the next run (Fri 29 May 2026 is over)"
    assert f"waits for review, to apply {over}: " in words(open_page("safety_stock", view="Draft"))
    become("Bea")
    app = press(versions(open_page), "Approve")
    assert f"**Change 1 is approved.** It applies {over}." in words(app)
    assert f"is approved and applies {over}" in words(app)


def test_a_rejection_needs_its_reason_and_its_author_reads_it(
    open_page: Opener, store: OperationsStore, become: Callable[[str], None]
) -> None:
    submit(open_page)
    become("Bea")
    app = press(versions(open_page), "Reject")
    assert "needs a reason" in words(app)
    app = press(app, "Reject", "too dear")
    assert "Change 1 is rejected." in words(app)
    become("Ada")
    (_, submitted) = (pd.DataFrame(element.value) for element in versions(open_page).dataframe)
    assert submitted[["state", "review_reason"]].iloc[0].tolist() == ["rejected", "too dear"]


def test_who_asks_for_a_change_that_is_decided_is_shown_no_other_in_its_place(
    open_page: Opener, store: OperationsStore, become: Callable[[str], None]
) -> None:
    submit(open_page)
    submit(open_page, 99.5)
    become("Bea")
    app = open_page("safety_stock", view="Policy versions", change="1")
    app = press(app, "Approve", "agreed")
    assert "Change 1 is version 2 now." in words(app)
    for seen in (app, open_page("safety_stock", view="Policy versions", change="1")):
        assert "Change 1 is applied: nothing is to be decided of it." in words(seen)
        assert "Approve" not in [button.label for button in seen.button]
    app = app.selectbox(key="change").set_value(2).run()
    assert next(field for field in app.text_input if field.label == "What you say to it").value == ""
    assert "Change 2 is version 3 now." in words(press(app, "Approve"))


def test_the_author_withdraws_his_change(open_page: Opener, store: OperationsStore) -> None:
    submit(open_page)
    assert "Change 1 is withdrawn." in words(press(versions(open_page), "Withdraw"))
    assert store.policy_submissions(("waiting",)) == []


def test_the_reviewer_sees_what_changed_since_it_was_written_and_approves_nothing_he_did_not_see(
    open_page: Opener, store: OperationsStore, become: Callable[[str], None]
) -> None:
    submit(open_page)
    become("Bea")
    late = versions(open_page)
    store.submit_policy([PolicyChange("abc_class", "B", 0.9)], at_the_machine("Cleo"), "stock", NOW, 1)
    store.approve_policy(2, ROOT, "", NOW, 1)
    app = press(late, "Approve")
    assert "Nothing was decided. The policy has changed since version 1. Version 2 by Cleo" in words(app)
    assert "Since it was written, version 2 by Cleo: Class B: 95.0 % → 90.0 %." in words(app)
    assert "Change 1 is version 3 now." in words(press(app, "Approve"))


def test_of_two_who_edit_at_once_the_later_one_is_told_and_keeps_what_he_typed(
    open_page: Opener, store: OperationsStore
) -> None:
    app = open_page("safety_stock", view="Draft")
    app = app.number_input[0].set_value(98.5).run()
    app.text_input(key="reason-change").set_value("Promised to customers.")
    app.date_input(key="from-change").set_value(date(2026, 6, 8))
    store.submit_policy(A99, at_the_machine("Cleo"), "peak", NOW, 1)
    store.approve_policy(1, ROOT, "", NOW, 1)
    app = press(app, "Submit for review")
    assert "Nothing was saved. The policy has changed since version 1. Version 2 by Cleo" in words(app)
    assert "Class A: 99.0 % → 98.5 %" in words(app)
    assert app.number_input[0].value == 98.5
    assert app.text_input(key="reason-change").value == "Promised to customers."
    assert app.date_input(key="from-change").value == date(2026, 6, 8)
    assert "Change 2 waits for review." in words(press(app, "Submit for review"))


def test_the_same_change_is_not_submitted_twice(
    open_page: Opener, store: OperationsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clicks, "MOMENT", timedelta(0))
    app = submit(open_page)
    assert app.number_input[0].value == 97.0
    assert "Submit for review" not in [button.label for button in app.button]
    app = submit(open_page)
    assert "change 1 says the same already" in words(app)
    assert (app.number_input[0].value, app.text_input(key="reason-change").value) == (98.5, "Promised to customers.")


def test_going_back_is_reviewed_like_any_change(
    open_page: Opener, store: OperationsStore, become: Callable[[str], None]
) -> None:
    store.submit_policy(A99, at_the_machine("Cleo"), "peak", NOW, 1)
    store.approve_policy(1, ROOT, "", NOW, 1)
    app = versions(open_page)
    assert "Going back makes a new one" in words(app)
    app = open_page("safety_stock", view="Policy versions", back_to="1")
    app.text_input(key="reason-back").set_value("It cost too much.")
    assert "Change 2 waits for review." in words(press(app, "Submit for review"))
    become("Bea")
    press(versions(open_page), "Approve")
    assert store.current_policy().targets == store.policy_version(1).targets


def test_who_may_not_review_sees_why(open_page: Opener, store: OperationsStore) -> None:
    store.people.add("ada", "Ada", ["planner"], ROOT, NOW, "correct horse battery")
    store.submit_policy(A99, at_the_machine("Cleo"), "peak", NOW, 1)
    app = versions(open_page)
    app.text_input[0].set_value("ada")
    app.text_input[1].set_value("correct horse battery")
    app = press(app, "Sign in")
    assert "You cannot review changes of the policy: that needs the role approver." in words(app)
    assert all(button.disabled for button in app.button if button.label in ("Approve", "Reject", "Withdraw"))
