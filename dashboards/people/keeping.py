"""Commands about users and the home's one setting, each carried out once, with what came of it.

Belongs here: the commands. Does not belong here: their widgets (`users_view`), who may give them and what is refused
(`oms_core.store.operations`). A password is read where it was typed: no command bears one.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboards.parts import clicks
from dashboards.parts import format as fmt
from dashboards.parts.clicks import Outcome
from dashboards.settings import Settings, now
from dashboards.shell import signing
from dashboards.source import operations
from oms_core.store.operations import Actor, OperationsStore, StoreUnavailableError, UserRefused, WeakPassword

OUTCOME = "people-outcome"
_NEW = ("new-login", "new-name", "new-identity", "new-password")


@clicks.once(OUTCOME)
def add(settings: Settings) -> Outcome:
    """Add who is named in the form; it is empty again once he is."""
    login, name, identity, password = (str(st.session_state.get(key) or "").strip() for key in _NEW)
    roles = tuple(st.session_state.get("new-roles") or ())

    def act(store: OperationsStore, actor: Actor) -> str:
        added = store.people.add(login, name or login, roles, actor, now(), password or None, identity or None)
        return f"**{fmt.plain(added.login)} is added**: {_told(added.roles)}."

    return _carried_out(settings, act, lambda: st.session_state.update(dict.fromkeys(_NEW, "") | {"new-roles": []}))


@clicks.once(OUTCOME)
def set_roles(settings: Settings, login: str, roles: tuple[str, ...]) -> Outcome:
    """Give a user exactly these roles."""

    def act(store: OperationsStore, actor: Actor) -> str:
        changed = store.people.set_roles(login, roles, actor, now())
        return f"**{fmt.plain(login)} is now {_told(changed.roles)}**, from his next click."

    return _carried_out(settings, act)


@clicks.once(OUTCOME)
def set_password(settings: Settings, login: str) -> Outcome:
    """Give a user the password that is typed."""
    key = f"password-{login}"

    def act(store: OperationsStore, actor: Actor) -> str:
        store.people.set_password(login, str(st.session_state.get(key) or ""), actor, now())
        return f"**{fmt.plain(login)} has a new password**, and is signed out everywhere."

    return _carried_out(settings, act, lambda: st.session_state.update({key: ""}))


@clicks.once(OUTCOME)
def set_active(settings: Settings, login: str, is_active: bool) -> Outcome:
    """Let a user in again, or no more."""

    def act(store: OperationsStore, actor: Actor) -> str:
        store.people.set_active(login, is_active, actor, now())
        return f"**{fmt.plain(login)} {'may sign in' if is_active else 'is disabled, and signed out'}.**"

    return _carried_out(settings, act)


@clicks.once(OUTCOME)
def sign_out(settings: Settings, login: str) -> Outcome:
    """End a user's sessions."""

    def act(store: OperationsStore, actor: Actor) -> str:
        store.people.sign_out_everywhere(login, actor, now())
        return f"**{fmt.plain(login)} is signed out everywhere**, and may sign in again."

    return _carried_out(settings, act)


@clicks.once(OUTCOME)
def set_review(settings: Settings, is_required: bool | None) -> Outcome:
    """Say whether a second person approves changes of the policy; None: where there are users."""

    def act(store: OperationsStore, actor: Actor) -> str:
        store.set_policy_review(is_required, actor, now())
        return (
            f"**Changes of the policy are {'' if store.is_policy_reviewed() else 'not '}reviewed** by a second person."
        )

    return _carried_out(settings, act)


def _carried_out(
    settings: Settings, act: Callable[[OperationsStore, Actor], str], then: Callable[[], None] = lambda: None
) -> Outcome:
    try:
        store = operations(settings)
        return Outcome(done=(act(store, signing.who(settings, store).actor),), then=then)
    except (UserRefused, WeakPassword, StoreUnavailableError, *signing.REFUSALS) as error:
        words = str(error).rstrip(".")
        return Outcome(refused=(f"Nothing is done: {fmt.plain(words)}.",))


def _told(roles: frozenset[str]) -> str:
    return ", ".join(map(fmt.code, sorted(roles)))
