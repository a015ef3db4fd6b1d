"""Who uses the pages: signing in and out, and who it is, asked anew whenever something is shown or written.

Belongs here: finding the session behind a visitor. Does not belong here: how it looks (`signing_view`), who may come in
without one (`door`), what ends a session and what a role may do (`oms_core.store.operations`).

A session's secret lies in the server's memory of the visitor's tab, and in a cookie, so that a reload, another tab or a
bookmark finds it again; so does, longer, what says that a user has signed in from this browser before. What a browser
sends as a widget's value is never read here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboards.settings import Settings, now
from dashboards.shell import door
from dashboards.source import operations
from oms_core.store.operations import (
    BY_PASSWORD,
    BY_PROVIDER,
    Actor,
    NotAllowed,
    OperationsStore,
    SessionEnded,
    SignedIn,
    SignInRefused,
    at_the_machine,
)

COOKIE = "oms_session"
_HELD, _PERSON, _DEVICES = "signing-held", "signing-person", "signing-devices"


class SignInNeeded(Exception):  # noqa: N818 - reads as the sentence it is
    """Nobody is signed in, and somebody must be."""


class NobodyAdmitted(Exception):  # noqa: N818 - reads as the sentence it is
    """The server can be reached by others, and the home has no users: it is nobody's."""


#: Why a command is not carried out: nobody is there any more, or he may not.
REFUSALS = (SignInNeeded, NobodyAdmitted, SessionEnded, SignInRefused, NotAllowed)


@dataclass(frozen=True)
class Held:
    """A session of this visitor: by which way it began, and its secret."""

    way: str
    secret: str


@dataclass(frozen=True)
class Person:
    """Who uses the pages. `held` is None for the person at the machine, who need not sign in."""

    actor: Actor
    display_name: str
    held: Held | None = None

    def may(self, act: str) -> bool:
        """For showing; the store is what enforces."""
        return self.actor.may(act)


def who(settings: Settings, store: OperationsStore) -> Person:
    """The person at the other end, as the store knows him now.

    Raises SignInNeeded, SessionEnded, SignInRefused (known to the provider, but not here), NobodyAdmitted.
    """
    if not store.people.any_at_all() and not providers():
        if door.listens_here_only(st.get_option("server.address")) and door.comes_from_here(visitor_headers()):
            return Person(at_the_machine(settings.person), settings.person)
        raise NobodyAdmitted("This home has no users.")
    refusal: Exception = SignInNeeded("You are signed out.")
    for find in (_held_in_this_tab, _held_in_the_cookie, _held_by_the_provider):
        try:
            held = find(store)
            if held is not None:
                user = store.people.owner(held.way, held.secret, now(), settings.idle)
                return Person(user.actor, user.display_name, held)
        except (SessionEnded, SignInRefused) as error:
            refusal = error  # another may be good: a cookie outlives its session
    raise refusal


def let_in(person: Person) -> None:
    """Note whom this run of a page is shown to."""
    st.session_state[_PERSON] = person


def admitted() -> Person:
    """Whom this run of a page is shown to: for showing. What is written asks `who` anew."""
    person = st.session_state[_PERSON]
    assert isinstance(person, Person)  # noqa: S101 - nobody else writes there
    return person


def while_signed_in(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """A file that is made when it is asked for, and only for whom it is offered to, as long as he is signed in: a
    download comes neither to the door nor to a page. Raises SessionEnded then."""
    settings, held = Settings.from_environment(), admitted().held

    def made() -> bytes:
        if held is not None:
            operations(settings).people.owner(held.way, held.secret, now(), settings.idle)
        return make()

    return made


def visitor_headers() -> Mapping[str, str]:
    """What the visitor's browser sent when it opened its connection."""
    headers: Mapping[str, str] = st.context.headers
    return headers


def sign_in(store: OperationsStore, login: str, password: str) -> SignedIn:
    """Begin a session in this tab; what the browser is to keep of it. Raises SignInRefused."""
    signed_in = store.people.sign_in(login, password, now(), device(login))
    st.session_state[_HELD] = Held(BY_PASSWORD, signed_in.session)
    # A tab's cookies are those with which it came.
    st.session_state[_DEVICES] = {**st.session_state.get(_DEVICES, {}), device_cookie(login): signed_in.device}
    return signed_in


def device_cookie(login: str) -> str:
    """The cookie that says that this user has signed in from this browser before; others use it, too."""
    return f"oms_device_{hashlib.sha256(login.strip().casefold().encode()).hexdigest()[:16]}"


def device(login: str) -> str:
    """What it says; empty where it is not there."""
    name = device_cookie(login)
    return str(st.session_state.get(_DEVICES, {}).get(name) or st.context.cookies.get(name) or "")


def sign_out(store: OperationsStore, held: Held) -> None:
    """End a session; where a provider began it, at the provider, too."""
    store.people.sign_out(held.way, held.secret, now())
    forget()
    if held.way == BY_PROVIDER:
        st.logout()


def forget() -> None:
    """Forget this tab's session, whatever became of it."""
    st.session_state.pop(_HELD, None)


def providers() -> tuple[str, ...]:
    """Names of the OIDC providers in `.streamlit/secrets.toml`; an empty name is its one provider without a name."""
    if not st.secrets.load_if_toml_exists() or "auth" not in st.secrets:
        return ()
    auth: Mapping[str, object] = st.secrets["auth"]
    named = tuple(name for name, value in auth.items() if isinstance(value, Mapping) and "client_id" in value)
    return named or (("",) if "client_id" in auth else ())


def identities(claims: Mapping[str, object]) -> list[str]:
    """As whom a provider knows somebody: `issuer#subject`, and the address if it says that it has verified it. The
    first counts most: an address may be another's by now."""
    found = [f"{claims.get('iss')}#{claims.get('sub')}"] if claims.get("iss") and claims.get("sub") else []
    if claims.get("email") and claims.get("email_verified") is True:
        found.append(str(claims["email"]).casefold())
    return found


def _expires_at(claims: Mapping[str, object]) -> datetime | None:
    """When an identity is over, if it says so. Streamlit takes an expired one for 30 days."""
    seconds = claims.get("exp")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _held_in_this_tab(_store: OperationsStore) -> Held | None:
    held = st.session_state.get(_HELD)
    return held if isinstance(held, Held) else None


def _held_in_the_cookie(_store: OperationsStore) -> Held | None:
    secret = st.context.cookies.get(COOKIE)
    return Held(BY_PASSWORD, secret) if isinstance(secret, str) and secret else None


def _held_by_the_provider(store: OperationsStore) -> Held | None:
    claims: Mapping[str, object] = st.user.to_dict() if providers() else {}
    if claims.get("is_logged_in") is not True:
        return None
    at = now()
    ends_at = _expires_at(claims) or at + timedelta(hours=12)
    if ends_at <= at:
        raise SessionEnded("What your provider said of you is too old.")
    known = identities(claims)
    if not known:
        raise SignInRefused("Your provider says neither issuer and subject nor a verified address of you.")
    # One sign-in at the provider is one session: `iat` and `exp` are another's at the next.
    held = Held(BY_PROVIDER, f"{known[0]}#{claims.get('iat')}#{claims.get('exp')}")
    store.people.enter(known, held.secret, ends_at, at)
    return held
