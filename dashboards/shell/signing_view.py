"""How signing in and out looks, and the words where somebody cannot come in. Belongs here: widgets.

Does not belong here: who it is (`signing`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import streamlit as st

from dashboards.parts import format as fmt
from dashboards.settings import Settings, now
from dashboards.shell import signing
from dashboards.shell.signing import NobodyAdmitted, Person, SignInNeeded
from dashboards.source import operations
from oms_core.store.operations import (
    BY_PASSWORD,
    OperationsStore,
    SessionEnded,
    SignInRefused,
    StoreUnavailableError,
    WeakPassword,
)
from oms_core.store.operations.actors import ACTS, needed
from oms_core.store.operations.devices import KNOWN_FOR
from oms_core.store.operations.passwords import FEWEST_CHARACTERS
from oms_core.store.operations.sessions import LONGEST_SESSION

_COOKIES_TO_SET, _PASSWORD_CHANGED = "signing-cookies", "signing-password-changed"
#: A page may be drawn anew before the browser has seen it the first time: what is to be kept is said again meanwhile.
_SAID_FOR = timedelta(seconds=10)


def admit(settings: Settings, store: OperationsStore) -> bool:
    """Whether somebody uses the pages who may; if not, he is asked to sign in, or told what is in his way."""
    try:
        person = signing.who(settings, store)
    except NobodyAdmitted:
        _nobody_admitted()
    except SignInNeeded:
        _ask(store, _why_signed_out())
    except SessionEnded as error:
        signing.forget()
        _ask(store, _why_signed_out() or str(error))
    except SignInRefused as error:
        _not_a_user(str(error))
    else:
        signing.let_in(person)
        _write_cookies()
        _tell_person(person, store)
        return True
    _write_cookies()
    return False


def _why_signed_out() -> str:
    """What he did himself that has signed him out, told once."""
    changed = st.session_state.pop(_PASSWORD_CHANGED, False)
    return "Your password is changed. Sign in with the new one." if changed else ""


def may(act: str) -> bool:
    """Whether who looks at this may do that; if not, says so here. It is the store that refuses it."""
    person = signing.admitted()
    if not person.may(act):
        st.caption(f"You cannot {ACTS[act]}: {needed(act)}.")
    return person.may(act)


def alone(part: Callable[..., None], *given: object) -> None:
    """A part of a page that draws itself anew without the rest. It does so without coming to the door again, so it is
    asked here whether who uses it is still in."""

    def drawn() -> None:
        settings = Settings.from_environment()
        try:
            signing.who(settings, operations(settings))
        except (StoreUnavailableError, *signing.REFUSALS):
            st.rerun()
        part(*given)

    fragment: Callable[[], None] = st.fragment(drawn)
    fragment()


def _ask(store: OperationsStore, message: str = "") -> None:
    _, middle, _ = st.columns([1, 1.4, 1])
    with middle:
        st.title("Quartermaster", anchor=False)
        if message:
            st.info(message, icon=":material/logout:")
        for name in signing.providers():
            label = f"Sign in with {fmt.plain(name)}" if name else "Sign in with your organisation's account"
            st.button(label, type="primary", width="stretch", key=f"provider-{name}", on_click=st.login,
                      args=(name,) if name else ())  # fmt: skip
        if store.people.any_at_all():
            _form(store)


def _form(store: OperationsStore) -> None:
    with st.form("sign-in", border=True):
        login = st.text_input("Login", max_chars=64, autocomplete="username")
        password = st.text_input("Password", type="password", max_chars=200, autocomplete="current-password")
        if not st.form_submit_button("Sign in", type="primary"):
            return
    try:
        signed_in = signing.sign_in(store, login, password)
    except SignInRefused as error:
        st.warning(str(error), icon=":material/lock:")
        return
    device = (signing.device_cookie(login), signed_in.device, KNOWN_FOR)
    _keep(_session_cookie(signed_in.session), device)
    st.rerun()


def _not_a_user(message: str) -> None:
    st.title("Quartermaster", anchor=False)
    st.warning(message, icon=":material/person_off:")
    st.markdown(
        "An administrator adds you: on the page *People*, or with `oms users add LOGIN --role ROLE --identity ID`. ID "
        "is one of these:"
    )
    for identity in signing.identities(st.user.to_dict()):
        st.code(identity, language=None)
    st.button("Use another account", on_click=st.logout)


def _nobody_admitted() -> None:
    st.title("Quartermaster", anchor=False)
    st.error(
        "**Nobody can come in here yet.** Others than the person at its machine can reach this server, or you came "
        "through a proxy or by another name than `localhost`, and this home has no users.\n\n"
        "Add the first one on the machine: `oms users add LOGIN --role planner`; or configure an OIDC provider in "
        "`.streamlit/secrets.toml`. To use it alone, listen on `127.0.0.1` and open `http://localhost:8501` there.",
        icon=":material/lock:",
    )


def _tell_person(person: Person, store: OperationsStore) -> None:
    with st.sidebar:
        if person.held is None:
            st.caption(f"{fmt.plain(person.display_name)}, at this machine")
            return
        roles = ", ".join(sorted(person.actor.roles)).replace("_", " ")
        st.caption(f"**{fmt.plain(person.display_name)}** · {roles}")
        st.button("Sign out", icon=":material/logout:", type="tertiary", key="sign-out", on_click=_sign_out,
                  args=(person, store))  # fmt: skip
        if person.held.way == BY_PASSWORD:
            with st.popover("Change password", icon=":material/key:", type="tertiary"):
                _change_password(person, store)


def _change_password(person: Person, store: OperationsStore) -> None:
    """The form for another password of his own; afterwards he signs in with it, wherever he was signed in."""
    with st.form("own-password", border=False, clear_on_submit=True):
        now_had = st.text_input("Password now", type="password", max_chars=200, autocomplete="current-password")
        wanted = st.text_input(
            "New password", type="password", max_chars=200, autocomplete="new-password",
            help=f"At least {FEWEST_CHARACTERS} characters. You are signed out everywhere, and sign in with it.",
        )  # fmt: skip
        again = st.text_input("New password again", type="password", max_chars=200, autocomplete="new-password")
        if not st.form_submit_button("Change it", type="primary"):
            return
    if wanted != again:
        st.warning("The new passwords differ.", icon=":material/key:")
        return
    try:
        store.people.change_own_password(person.actor.name, now_had, wanted, now(), signing.device(person.actor.name))
    except (SignInRefused, WeakPassword) as error:
        words = str(error)
        st.warning(f"{words[:1].upper()}{words[1:].rstrip('.')}.", icon=":material/key:")
        return
    signing.forget()
    _keep(_session_cookie(""))
    st.session_state[_PASSWORD_CHANGED] = True
    st.rerun()


def _sign_out(person: Person, store: OperationsStore) -> None:
    if person.held is not None:
        signing.sign_out(store, person.held)
        _keep(_session_cookie(""))


#: Name, value and how long it is kept.
_Cookie = tuple[str, str, timedelta]


def _keep(*cookies: _Cookie) -> None:
    st.session_state[_COOKIES_TO_SET] = (cookies, now() + _SAID_FOR)


def _session_cookie(secret: str) -> _Cookie:
    """What says that somebody is signed in; without a secret it is forgotten."""
    return signing.COOKIE, secret, LONGEST_SESSION if secret else timedelta(0)


def _write_cookies() -> None:
    """Let the browser keep, or forget, our secrets. They are our own: letters, digits, `-` and `_`."""
    cookies, until = st.session_state.get(_COOKIES_TO_SET, ((), now()))
    if now() >= until:
        st.session_state.pop(_COOKIES_TO_SET, None)
        return
    secure = "(location.protocol === 'https:' ? '; Secure' : '')"
    written = [
        f"document.cookie = '{name}={value}; path=/; max-age={int(kept.total_seconds())}; SameSite=Strict' + {secure};"
        for name, value, kept in cookies
    ]
    st.html(f"<script>{' '.join(written)}</script>", unsafe_allow_javascript=True)
