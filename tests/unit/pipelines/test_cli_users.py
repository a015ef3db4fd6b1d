"""`oms users`: people are kept from the command line, and no password passes through an argument."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oms_core.store.operations import BY_PASSWORD, open_operations

OMS = str(Path(sys.executable).with_name("oms"))
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("users") / "home"
    assert oms(made, "init").returncode == 0
    return made


def oms(home: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"OMS_HOME": str(home), "PATH": "/usr/bin:/bin", "LOGNAME": "root"}
    return subprocess.run([OMS, *arguments], input=typed, capture_output=True, text=True, env=environment)


def test_a_user_is_added_with_a_password_from_standard_input_and_can_sign_in(home: Path) -> None:
    added = oms(home, "users", "add", "Ada", "--name", "Ada L", "--role", "planner", typed=f"{PASSWORD}\n")
    assert (added.returncode, added.stdout) == (0, "ada is added: planner.\n")
    now = datetime.now(UTC)
    with open_operations(f"sqlite:///{home / 'operations.db'}", now=now) as store:
        secret = store.people.sign_in("ada", PASSWORD, now)
        assert store.people.owner(BY_PASSWORD, secret, now, timedelta(minutes=1)).display_name == "Ada L"
        (entry,) = (one for one in store.audit_trail("user:ada") if one.action == "user.added")
    assert entry.actor == "root"
    (row,) = json.loads(oms(home, "users", "list", "--json").stdout)
    assert row["roles"] == "planner"
    assert row["state"] == "active"


def test_roles_state_and_password_are_changed(home: Path) -> None:
    oms(home, "users", "add", "bo", "--role", "viewer", typed=f"{PASSWORD}\n")
    assert oms(home, "users", "roles", "bo", "approver", "viewer").stdout == "bo is now: approver, viewer.\n"
    assert oms(home, "users", "disable", "bo").stdout == "bo is disabled.\n"
    assert oms(home, "users", "enable", "bo").stdout == "bo may sign in.\n"
    assert oms(home, "users", "password", "bo", typed="another long one\n").stdout == "bo has a new password.\n"


def test_somebody_whom_a_provider_proves_needs_no_password(home: Path) -> None:
    added = oms(home, "users", "add", "cleo", "--role", "viewer", "--identity", "cleo@example.com")
    assert added.returncode == 0
    assert "provider (cleo@example.com)" in oms(home, "users", "list", "--json").stdout


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
    before = oms(home, "users", "list", "--json").stdout
    done = oms(home, "users", *arguments, typed=f"{typed}\n")
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert oms(home, "users", "list", "--json").stdout == before


@pytest.mark.parametrize("option", ["--password", "-p"])
def test_no_option_takes_a_password(home: Path, option: str) -> None:
    assert oms(home, "users", "add", "eve", "--role", "viewer", option, PASSWORD).returncode == 2
