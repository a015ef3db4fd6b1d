"""The people of an operations store: one object through which they are kept, sign in and stay so.

Belongs here: transactions, and what must not happen within one: hashing takes a tenth of a second, in which others
want to write. Does not belong here: the rules (`users`, `sessions`, `passwords`, `actors`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from oms_core.store.operations import devices, passwords, sessions, users
from oms_core.store.operations.actors import Actor
from oms_core.store.operations.engine import reading, writing
from oms_core.store.operations.sessions import BY_PASSWORD, BY_PROVIDER, SignInRefused
from oms_core.store.operations.users import User


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What signing in gives a browser to keep: the session's secret, and the one by which it is known next time."""

    session: str
    device: str


@dataclass(frozen=True, slots=True)
class _Tried:
    """A password that was tried: the login as it is kept, under what it was counted, and the hash that it fits, or
    None."""

    login: str
    counted_as: str
    known: str | None


class People:
    """Users and their sessions: `OperationsStore.people`. Each method is one transaction; signing in is three."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def any_at_all(self) -> bool:
        """Whether there is a user, active or not."""
        with reading(self._engine) as connection:
            return users.any_at_all(connection)

    def everybody(self) -> list[User]:
        """All users by login."""
        with reading(self._engine) as connection:
            return users.everybody(connection)

    def add(
        self,
        login: str,
        display_name: str,
        roles: Iterable[str],
        actor: Actor,
        now: datetime,
        password: str | None = None,
        identity: str | None = None,
    ) -> User:
        """Add a user who signs in with a password, or as the identity that an OIDC provider gives him, or either.

        Raises UserRefused, WeakPassword, NotAllowed.
        """
        if password is None and not (identity or "").strip():
            raise users.UserRefused("a user has a password, or an identity at a provider, or both")
        password_hash = None if password is None else passwords.hashed(password, login.strip().casefold())
        with writing(self._engine) as connection:
            return users.add(connection, login, display_name, roles, password_hash, identity, actor, now)

    def set_roles(self, login: str, roles: Iterable[str], actor: Actor, now: datetime) -> User:
        """Give a user exactly these roles; they count from his next click. Raises UserRefused, NotAllowed."""
        with writing(self._engine) as connection:
            return users.set_roles(connection, login, roles, actor, now)

    def set_password(self, login: str, password: str, actor: Actor, now: datetime) -> User:
        """Give a user another password and end his sessions. Raises UserRefused, WeakPassword, NotAllowed."""
        password_hash = passwords.hashed(password, login.strip().casefold())
        with writing(self._engine) as connection:
            return users.set_password(connection, login, password_hash, actor, now)

    def set_active(self, login: str, is_active: bool, actor: Actor, now: datetime) -> User:
        """Let a user in again, or no more; ends his sessions. Raises UserRefused, NotAllowed."""
        with writing(self._engine) as connection:
            return users.set_active(connection, login, is_active, actor, now)

    def sign_out_everywhere(self, login: str, actor: Actor, now: datetime) -> User:
        """End all sessions of a user, who may sign in again. Raises UserRefused, NotAllowed."""
        with writing(self._engine) as connection:
            return users.sign_out(connection, login, actor, now)

    def last_seen(self) -> dict[str, datetime]:
        """By login: when he last used a page, if that is known."""
        with reading(self._engine) as connection:
            return sessions.last_seen(connection)

    def locked(self, now: datetime) -> set[str]:
        """Logins that are locked by wrong passwords."""
        with reading(self._engine) as connection:
            return sessions.locked(connection, now)

    def sign_in(self, login: str, password: str, now: datetime, device: str = "") -> SignedIn:
        """A new session. `device`: what the browser kept of the last time that this user signed in there, if anything.

        Raises SignInRefused, with the same words and work for whom there is not.
        """
        tried = self._tried(login, password, now, device)
        with writing(self._engine) as connection:
            # Again: he may have been disabled, or his password changed, while it was compared.
            user = users.find(connection, tried.login)
            if user is not None and _fits_still(connection, tried):
                secret = secrets.token_urlsafe(32)
                sessions.begin_count_anew(connection, tried.counted_as)
                sessions.begin(connection, user, BY_PASSWORD, secret, now, now + sessions.LONGEST_SESSION)
                return SignedIn(secret, devices.remember(connection, user.login, device, now))
        raise SignInRefused("The login or the password is wrong.")

    def change_own_password(self, login: str, password: str, wanted: str, now: datetime, device: str = "") -> None:
        """Give himself another password, by the one he has; ends all his sessions.

        A wrong one counts as an attempt to sign in. Raises SignInRefused, WeakPassword.
        """
        password_hash = passwords.hashed(wanted, login.strip().casefold())
        tried = self._tried(login, password, now, device)
        with writing(self._engine) as connection:
            if _fits_still(connection, tried):
                users.set_own_password(connection, tried.login, password_hash, now)
                return
        raise SignInRefused("The password that you have now is another.")

    def _tried(self, login: str, password: str, now: datetime, device: str) -> _Tried:
        login = login.strip().casefold()[: users.LONGEST_LOGIN]
        with writing(self._engine) as connection:
            counted_as = sessions.count_attempt(connection, login, device, now)
        with reading(self._engine) as connection:
            known = users.password_hash_of(connection, login)
        return _Tried(login, counted_as, known if passwords.fits(password, known) else None)

    def enter(self, identities: Iterable[str], secret: str, ends_at: datetime, now: datetime) -> None:
        """Begin the session of whom an OIDC provider has proven to be one of `identities`; again, changes nothing.

        Raises SignInRefused where that is no active user.
        """
        with reading(self._engine) as connection:
            user = users.by_identity(connection, identities)
            is_begun = sessions.is_begun(connection, BY_PROVIDER, secret)
        if is_begun:
            return
        if user is None or not user.is_active:
            raise SignInRefused("The provider knows you, but you are no user of this home.")
        with writing(self._engine) as connection:
            sessions.begin(connection, user, BY_PROVIDER, secret, now, ends_at)

    def owner(self, way: str, secret: str, now: datetime, idle: timedelta) -> User:
        """Whose session it is, with his roles as they are now; notes that it was used. Raises SessionEnded."""
        with reading(self._engine) as connection:
            user = sessions.owner(connection, way, secret, now, idle)
            is_seen_lately = sessions.is_seen_lately(connection, way, secret, now)
        if not is_seen_lately:
            with writing(self._engine) as connection:
                sessions.see(connection, way, secret, now)
        return user

    def sign_out(self, way: str, secret: str, now: datetime) -> None:
        """End a session."""
        with writing(self._engine) as connection:
            sessions.end(connection, way, secret, now)


def _fits_still(connection: sa.Connection, tried: _Tried) -> bool:
    return tried.known is not None and users.password_hash_of(connection, tried.login) == tried.known
