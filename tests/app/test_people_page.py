"""The people page as an administrator's day goes: users added, changed and let in no more, and who did what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.people.trail_view import kinds
from dashboards.people.users_view import roles_table
from oms_core.store.operations import (
    BY_PASSWORD,
    OperationsStore,
    PolicyChange,
    SessionEnded,
    SignInRefused,
    at_the_machine,
    open_operations,
)
from tests.app.reading import Opener

ROOT = at_the_machine("root")
PASSWORD, OTHER = "correct horse battery", "staple of another kind"
IDLE = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def store(home: Path, now: datetime) -> OperationsStore:
    """A store with an administrator and a planner."""
    opened = open_operations(f"sqlite:///{home / 'operations.db'}", now=now)
    opened.people.add("root", "Rosa", ["admin"], ROOT, now, PASSWORD)
    opened.people.add("ada", "Ada L", ["planner"], ROOT, now, PASSWORD)
    return opened


@pytest.fixture
def people(store: OperationsStore, open_page: Opener) -> Opener:
    """Opens the page as somebody."""

    def opened(login: str = "root", **query: str) -> AppTest:
        app = open_page("people", **query)
        app.text_input[0].set_value(login)
        app.text_input[1].set_value(PASSWORD)
        return press(app, "Sign in")

    return opened


def words(app: AppTest) -> str:
    assert [element.value for element in app.exception] == []
    parts = (app.markdown, app.caption, app.info, app.warning, app.error, app.success)
    return "\n".join(str(element.value) for part in parts for element in part).replace("\\", "")


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def shown(app: AppTest) -> pd.DataFrame:
    return pd.DataFrame(app.dataframe[0].value)


def test_a_user_is_added_and_can_sign_in(people: Opener, store: OperationsStore, now: datetime) -> None:
    app = people(add="true")
    app.text_input(key="new-login").set_value("Bo")
    app.multiselect(key="new-roles").set_value(["approver"])
    app.text_input(key="new-password").set_value(PASSWORD)
    app = press(app, "Add")
    assert "**bo is added**: approver." in words(app)
    assert shown(app)["login"].tolist() == ["ada", "bo", "root"]
    assert [app.text_input(key=key).value for key in ("new-login", "new-password")] == ["", ""]
    assert store.people.sign_in("bo", PASSWORD, now)
    (entry,) = (one for one in store.trail.of_action("user.added") if one.subject == "user:bo")
    assert entry.actor == "root"


def test_what_is_refused_says_why_and_keeps_what_was_typed(people: Opener, store: OperationsStore) -> None:
    app = people(add="true")
    app.text_input(key="new-login").set_value("ada")
    app.multiselect(key="new-roles").set_value(["viewer"])
    assert "a user has a password, or an identity at a provider" in words(press(app, "Add"))
    app.text_input(key="new-password").set_value("short")
    assert "Nothing is done: a password has 12 to 200 characters." in words(press(app, "Add"))
    app.text_input(key="new-password").set_value(PASSWORD)
    app = press(app, "Add")
    assert "there is a user ada already" in words(app)
    assert app.text_input(key="new-login").value == "ada"
    assert len(store.people.everybody()) == 2


def test_roles_password_sessions_and_state_are_changed(people: Opener, store: OperationsStore, now: datetime) -> None:
    app = people(user="ada")
    app.multiselect[0].set_value(["planner", "approver"])
    app = press(app.run(), "Set roles")
    assert "ada is now approver, planner" in words(app)
    session = store.people.sign_in("ada", PASSWORD, now).session
    assert "signed out everywhere" in words(press(app, "Sign out everywhere"))
    with pytest.raises(SessionEnded):
        store.people.owner(BY_PASSWORD, session, datetime.now(UTC), IDLE)
    app.text_input(key="password-ada").set_value(OTHER)
    app = press(app, "Set password")
    assert "ada has a new password" in words(app)
    assert app.text_input(key="password-ada").value == ""
    assert store.people.sign_in("ada", OTHER, now)
    app = press(app, "Disable")
    assert "ada is disabled" in words(app)
    assert shown(app).set_index("login")["state"].to_dict() == {"ada": "disabled", "root": "active"}
    with pytest.raises(SignInRefused):
        store.people.sign_in("ada", OTHER, now)
    press(app, "Let in again")
    assert store.people.sign_in("ada", OTHER, now)


def test_who_is_locked_out_by_wrong_passwords_is_seen_and_let_in(people: Opener, store: OperationsStore) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused):
            store.people.sign_in("ada", "wrong wrong wrong", datetime.now(UTC))
    app = people(user="ada")
    assert shown(app).set_index("login")["state"]["ada"] == "locked"
    app = press(app, "Unlock")
    assert shown(app).set_index("login")["state"]["ada"] == "active"
    assert store.people.sign_in("ada", PASSWORD, datetime.now(UTC))


def test_nobody_takes_the_keys_from_himself(people: Opener, store: OperationsStore) -> None:
    app = press(people(user="root"), "Disable")
    assert "another administrator disables you" in words(app)
    assert all(user.is_active for user in store.people.everybody())


def test_who_is_no_administrator_sees_roles_and_his_own_acts_alone(people: Opener, store: OperationsStore) -> None:
    store.submit_policy([PolicyChange("abc_class", "A", 0.99)], at_the_machine("Cleo"), "why", datetime.now(UTC), 1)
    app = people("ada", user="root", roles="true")
    assert "You cannot manage users: that needs the role admin." in words(app)
    assert {button.label for button in app.button} == {"Sign out", "Change it"}
    assert shown(app)["role"].tolist() == ["viewer", "planner", "approver", "order desk", "admin"]
    app = people("ada", view="Who did what", who="Cleo")
    assert "What you did yourself" in words(app)
    assert set(shown(app)["actor"]) == {"ada"}


def test_the_trail_is_found_by_who_what_and_day(people: Opener, store: OperationsStore) -> None:
    app = people(view="Who did what")
    assert shown(app)["action"].tolist()[-2:] == ["user.added", "user.added"]
    app = people(view="Who did what", what="user.added", about="ada", since="2026-01-01")
    assert shown(app)[["actor", "subject"]].to_numpy().tolist() == [["root", "user:ada"]]
    assert "roles: planner" in shown(app)["told"].iloc[0]
    assert "Nothing is on record that is like that." in words(people(view="Who did what", until="2020-01-01"))
    assert "Nothing is on record that is like that." in words(people(view="Who did what", who="nobody"))


def test_a_second_person_is_required_where_an_administrator_says_so(people: Opener, store: OperationsStore) -> None:
    assert store.policy_review() is None
    app = people()
    review = next(box for box in app.selectbox if box.label.startswith("A second person"))
    app = press(review.select(False).run(), "Set")
    assert "Changes of the policy are not reviewed" in words(app)
    assert store.policy_review() is False


def test_a_home_without_users_says_what_the_first_one_changes(home: Path, open_page: Opener) -> None:
    app = open_page("people")
    assert "From the first user on, everybody signs in. Add yourself first, as admin." in words(app)
    assert app.text_input(key="new-login").label == "Login"


def test_what_each_role_may_do_is_as_the_store_enforces_it() -> None:
    told = roles_table().set_index("role")["acts"]
    assert told["viewer"] == "nothing"
    assert told["approver"] == "review changes of the policy"


def test_a_kind_of_action_can_be_asked_for() -> None:
    assert kinds(["policy.saved", "user.added"]) == ["policy", "policy.saved", "user", "user.added"]
