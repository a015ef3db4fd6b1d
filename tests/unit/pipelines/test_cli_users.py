"""`oms users`: people are kept from the command line, and no password passes through an argument."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oms_core.store.operations import BY_PASSWORD, open_operations
from tests.commands import Done, call

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("users") / "home"
    assert oms(made, "init").code == 0
    return made


def oms(home: Path, *arguments: str, typed: str = "") -> Done:
    return call(home, *arguments, typed=typed, environment={"LOGNAME": "root"})


def test_a_user_is_added_with_a_password_from_standard_input_and_can_sign_in(home: Path) -> None:
    added = oms(home, "users", "add", "Ada", "--name", "Ada L", "--role", "planner", typed=f"{PASSWORD}\n")
    assert (added.code, added.out) == (0, "ada is added: planner.\n")
    now = datetime.now(UTC)
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=now) as store:
        secret = store.people.sign_in("ada", PASSWORD, now).session
        assert store.people.owner(BY_PASSWORD, secret, now, timedelta(minutes=1)).display_name == "Ada L"
        (entry,) = (one for one in store.audit_trail("user:ada") if one.action == "user.added")
    assert entry.actor == "root"
    (row,) = json.loads(oms(home, "users", "list", "--json").out)
    assert row["roles"] == "planner"
    assert row["state"] == "active"


def test_roles_state_and_password_are_changed(home: Path) -> None:
    oms(home, "users", "add", "bo", "--role", "viewer", typed=f"{PASSWORD}\n")
    assert oms(home, "users", "roles", "bo", "approver", "viewer").out == "bo is now: approver, viewer.\n"
    assert oms(home, "users", "disable", "bo").out == "bo is disabled.\n"
    assert oms(home, "users", "enable", "bo").out == "bo may sign in.\n"
    assert oms(home, "users", "password", "bo", typed="another long one\n").out == "bo has a new password.\n"


def test_somebody_whom_a_provider_proves_needs_no_password(home: Path) -> None:
    added = oms(home, "users", "add", "cleo", "--role", "viewer", "--identity", "cleo@example.com")
    assert added.code == 0
    assert "provider (cleo@example.com)" in oms(home, "users", "list", "--json").out


@pytest.mark.parametrize(
    ("arguments", "typed", "message"),
    [
        (["add", "eve", "--role", "boss"], PASSWORD, "not boss"),
        (["add", "eve", "--role", "viewer"], "short", "12 to 200"),
        (["add", "eve", "--role", "viewer"], "", "12 to 200"),
        (["add", "e v e", "--role", "viewer"], PASSWORD, "1 to 64"),
        (["roles", "nobody", "viewer"], "", "no user 'nobody'"),
        (["disable", "nobody"], "", "no user 'nobody'"),
    ],
)
def test_what_makes_no_sense_is_told_in_a_sentence_and_changes_nothing(
    home: Path, arguments: list[str], typed: str, message: str
) -> None:
    before = oms(home, "users", "list", "--json").out
    done = oms(home, "users", *arguments, typed=f"{typed}\n")
    assert done.code == 1
    assert message in done.err
    assert "Traceback" not in done.err
    assert oms(home, "users", "list", "--json").out == before


@pytest.mark.parametrize("option", ["--password", "-p"])
def test_no_option_takes_a_password(home: Path, option: str) -> None:
    assert oms(home, "users", "add", "eve", "--role", "viewer", option, PASSWORD).code == 2


def test_who_did_what_is_told(home: Path) -> None:
    oms(home, "users", "add", "dan", "--role", "viewer", typed=f"{PASSWORD}\n")
    oms(home, "users", "roles", "dan", "planner", "viewer")
    assert oms(home, "users", "sign-out", "dan").out == "dan is signed out everywhere.\n"
    told = oms(home, "audit", "--about", "user:dan")
    assert told.code == 0
    assert [line.split()[2] for line in told.out.splitlines()[1:]] == [
        "user.sessions_ended", "user.roles", "user.added",
    ]  # fmt: skip
    assert "roles: viewer → planner, viewer" in told.out
    (latest,) = json.loads(oms(home, "audit", "--who", "root", "--what", "user", "--limit", "1", "--json").out)
    assert (latest["who"], latest["what"], latest["after"]) == ("root", "user.sessions_ended", {"sessions": 0})
    day = datetime.now(UTC).date().isoformat()
    assert "user.added" in oms(home, "audit", "--since", day, "--until", day).out
    assert oms(home, "audit", "--until", "2020-01-01").out == "Nothing is on record that is like that.\n"
    assert oms(home, "audit", "--since", "soon").code == 2
