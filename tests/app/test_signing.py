"""Signing in, without a browser: who gets in, what a role may do, and what a forged click does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from dashboards.shell import signing
from oms_core.store.operations import BY_PASSWORD, OperationsStore, SessionEnded, at_the_machine, open_operations
from tests.app.reading import Opener

ROOT = at_the_machine("root")
PASSWORD = "correct horse battery"
PAGES = (
    "today",
    "safety_stock",
    "replenishment",
    "allocation",
    "orders",
    "documents",
    "inventory",
    "data",
    "runs",
    "people",
)
NOW = datetime(2026, 6, 2, tzinfo=UTC)


@pytest.fixture
def store(home: Path) -> OperationsStore:
    return open_operations(f"sqlite:///{home / 'operations.db'}", now=NOW)


@pytest.fixture
def users(store: OperationsStore) -> OperationsStore:
    """A store with a planner and a viewer."""
    for login, role in (("ada", "planner"), ("vic", "viewer")):
        store.people.add(login, login.title(), [role], ROOT, NOW, PASSWORD)
    return store


def words(app: AppTest) -> str:
    assert [element.value for element in app.exception] == []
    parts = (app.title, app.markdown, app.caption, app.info, app.warning, app.error, app.success, app.sidebar.caption)
    return "\n".join(str(element.value) for part in parts for element in part).replace("\\", "")


def sign_in(app: AppTest, login: str, password: str = PASSWORD) -> AppTest:
    app.text_input[0].set_value(login)
    app.text_input[1].set_value(password)
    return next(button for button in app.button if button.label == "Sign in").click().run()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_nothing_before_somebody_signs_in_and_itself_after(
    page: str, users: OperationsStore, open_page: Opener
) -> None:
    app = open_page(page)
    assert [field.label for field in app.text_input] == ["Login", "Password"]
    assert "Snapshot" not in words(app)
    assert len(app.dataframe) == len(app.metric) == 0
    app = sign_in(app, "ada")
    assert "**Ada** · planner" in words(app)
    assert "Snapshot" in words(app)


def test_the_address_is_kept_while_somebody_signs_in(users: OperationsStore, open_page: Opener) -> None:
    app = sign_in(open_page("safety_stock", sku="SKU-001", at="WH-1"), "ada")
    assert app.subheader[0].value.replace("\\", "") == "SKU-001 at Warehouse 1"


@pytest.mark.parametrize(("login", "password"), [("ada", "wrong wrong wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_attempt_is_told_the_same_whoever_it_is_of(
    users: OperationsStore, open_page: Opener, login: str, password: str
) -> None:
    app = sign_in(open_page("today"), login, password)
    assert "The login or the password is wrong." in words(app)
    assert "Snapshot" not in words(app)


def test_repeated_wrong_passwords_lock_the_login(users: OperationsStore, open_page: Opener) -> None:
    app = open_page("today")
    for n in range(6):
        app = sign_in(app, "ada", f"wrong password {n}")
    assert "Too many wrong passwords" in words(app)
    assert "Too many wrong passwords" in words(sign_in(app, "ada"))


def test_who_signs_out_is_out(users: OperationsStore, open_page: Opener) -> None:
    app = sign_in(open_page("today"), "ada")
    app = app.sidebar.button(key="sign-out").click().run()
    assert "Snapshot" not in words(app)
    assert [field.label for field in app.text_input] == ["Login", "Password"]
    assert users.audit_trail(limit=1)[0].action == "user.signed_out"


def test_who_changes_his_password_signs_in_with_the_new_one_and_wherever_he_was_is_out(
    users: OperationsStore, open_page: Opener
) -> None:
    other = sign_in(open_page("today"), "ada")
    app = sign_in(open_page("today"), "ada")

    def change(now_had: str, wanted: str, again: str) -> AppTest:
        for field, value in zip(app.sidebar.text_input, (now_had, wanted, again), strict=True):
            field.set_value(value)
        return next(button for button in app.sidebar.button if button.label == "Change it").click().run()

    new = "a longer horse battery"
    assert "The new passwords differ." in told(change(PASSWORD, new, new + "?"))
    assert "A password has 12 to" in told(change(PASSWORD, "short", "short"))
    assert "The password that you have now is another." in told(change("wrong wrong wrong", new, new))
    app = change(PASSWORD, new, new)
    assert "Your password is changed. Sign in with the new one." in words(app)
    assert "You are signed out." in words(other.run())
    assert "The login or the password is wrong." in words(sign_in(app, "ada"))
    assert "Snapshot" in words(sign_in(app, "ada", new))


def told(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in app.sidebar.warning)


def test_after_the_idle_time_the_next_click_asks_to_sign_in_again(
    users: OperationsStore, open_page: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = sign_in(open_page("today"), "ada")
    later = datetime.now(UTC) + timedelta(minutes=31)
    monkeypatch.setattr(signing, "now", lambda: later)
    assert "You were signed out after 30 minutes without use." in words(app.run())
    monkeypatch.setattr(signing, "now", lambda: datetime.now(UTC))
    assert "Snapshot" not in words(app.run())


def test_who_is_disabled_is_out_with_his_next_click(users: OperationsStore, open_page: Opener) -> None:
    app = sign_in(open_page("today"), "ada")
    users.people.set_active("ada", False, ROOT, datetime.now(UTC))
    assert "Snapshot" not in words(app.run())


def test_a_viewer_sees_why_he_cannot_write_and_a_forged_click_writes_nothing(
    users: OperationsStore, open_page: Opener
) -> None:
    """The browser decides what it sends: a disabled button is pressed all the same, and Streamlit drops it. Where a
    button was not disabled when the page was shown, the store refuses: the tests below."""
    app = sign_in(open_page("replenishment", kind="Move"), "vic")
    assert "You cannot decide about proposals: that needs the role planner." in words(app)
    accept = next(button for button in app.button if button.label.startswith("Accept"))
    assert "accepted" not in words(forge(accept))
    app = sign_in(open_page("safety_stock", view="Draft"), "vic")
    app = app.number_input[0].set_value(98.5).run()
    app.text_input(key="reason-change").set_value("because I can")
    save = next(button for button in app.button if button.label == "Submit for review")
    assert "waits for review" not in words(forge(save))
    assert users.policy_submissions(("waiting",)) == []
    assert users.decisions() == []
    assert users.current_policy().version == 1


def test_who_lost_a_role_while_his_page_was_open_writes_nothing(users: OperationsStore, open_page: Opener) -> None:
    app = sign_in(open_page("replenishment", kind="Move"), "ada")
    accept = next(button for button in app.button if button.label.startswith("Accept"))
    users.people.set_roles("ada", ["viewer"], ROOT, NOW)
    assert "ada may not decide about proposals" in words(accept.click().run())
    assert users.decisions() == []


def test_who_signed_out_elsewhere_writes_nothing_from_a_page_left_open(
    users: OperationsStore, open_page: Opener
) -> None:
    app = sign_in(open_page("replenishment", kind="Move"), "ada")
    accept = next(button for button in app.button if button.label.startswith("Accept"))
    users.people.set_password("ada", "another long one", ROOT, datetime.now(UTC))
    accept.click().run()
    assert users.decisions() == []


def test_the_author_is_the_login_of_who_is_signed_in(users: OperationsStore, open_page: Opener) -> None:
    app = sign_in(open_page("replenishment", kind="Move"), "ada")
    next(button for button in app.button if button.label.startswith("Accept")).click().run()
    assert [one.author for one in users.decisions()] == ["ada"]
    assert users.audit_trail(limit=1)[0].actor == "ada"


@pytest.mark.parametrize("address", ["0.0.0.0", "", "192.168.1.5"])
def test_a_server_that_others_can_reach_shows_nobody_anything_without_users(
    home: Path, open_page: Opener, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(st, "get_option", {"server.address": address or None}.__getitem__)
    for page in PAGES:
        app = open_page(page)
        assert "Nobody can come in here yet" in words(app)
        assert "oms users add" in words(app)
        assert "Snapshot" not in words(app)


def test_disabling_every_user_opens_the_pages_to_nobody(users: OperationsStore, open_page: Opener) -> None:
    for login in ("ada", "vic"):
        users.people.set_active(login, False, ROOT, NOW)
    app = sign_in(open_page("today"), "ada")
    assert "The login or the password is wrong." in words(app)


def test_a_setting_that_makes_no_sense_is_told_and_opens_nothing(
    home: Path, open_page: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMS_IDLE_MINUTES", "soon")
    assert "OMS_IDLE_MINUTES is a whole number from 1 to 720" in words(AppTest.from_file(_app()).run())


def forge(button: Button) -> AppTest:
    """Press a button as a browser can that does not care whether it is disabled."""
    assert button.disabled
    button.proto.disabled = False
    return button.click().run()


def _app() -> str:
    return str(Path(__file__).parents[2] / "dashboards" / "app.py")


def test_a_file_is_made_for_whom_it_is_offered_to_while_he_is_signed_in(
    users: OperationsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = datetime.now(UTC)
    held = signing.Held(BY_PASSWORD, users.people.sign_in("ada", PASSWORD, begun).session)
    offered = signing.Person(at_the_machine("ada"), "Ada", held)
    monkeypatch.setattr(signing, "admitted", lambda: offered)
    made = signing.while_signed_in(lambda: b"rows")
    assert made() == b"rows"
    users.people.set_active("ada", False, ROOT, begun)
    with pytest.raises(SessionEnded):
        made()
