"""Somebody to sign in, and what an attempt to is told: what tests of people do alike.

Does not belong here: stores (`conftest`), assertions.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from oms_core.store.operations import (
    OperationsStore,
    PolicyChange,
    SignInRefused,
    User,
    at_the_machine,
)

PASSWORD = "correct horse battery"
ROOT = at_the_machine("root")
IDLE = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
CHANGES = [PolicyChange("abc_class", "A", 0.98)]


def add(store: OperationsStore, now: datetime, *roles: str, login: str = "ada") -> User:
    return store.people.add(login, login.title(), roles or ("planner",), ROOT, now, PASSWORD)


def attempt(store: OperationsStore, login: str, password: str, now: datetime, device: str = "") -> str:
    """What an attempt to sign in is told."""
    try:
        store.people.sign_in(login, password, now, device)
    except SignInRefused as error:
        return str(error)
    return "signed in"
