"""The people who use a home from elsewhere than its machine: logins, roles, hashes of passwords. Nobody is deleted.

Belongs here: keeping users, each change audited. Does not belong here: what a role may do (`actors`), signing in
(`sessions`), hashing (`passwords`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from oms_core.store.operations import audit
from oms_core.store.operations.actors import ROLES, Actor, require
from oms_core.store.operations.schema import DEVICES, SESSIONS, SIGN_IN_ATTEMPTS, USER_ROLES, USERS

LONGEST_LOGIN = 64
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_LONGEST_TEXT = 200


class UserRefused(ValueError):  # noqa: N818 - reads as the sentence it is
    """Something that cannot be done to a user; the message says why."""


@dataclass(frozen=True, slots=True)
class User:
    """One person. `identity`: as whom an OIDC provider knows him, None where he signs in with a password only."""

    login: str
    display_name: str
    identity: str | None
    has_password: bool
    roles: frozenset[str]
    is_active: bool
    created_at: datetime
    changed_at: datetime

    @property
    def actor(self) -> Actor:
        return Actor(self.login, self.roles, is_user=True)


def add(
    connection: sa.Connection,
    login: str,
    display_name: str,
    roles: Iterable[str],
    password_hash: str | None,
    identity: str | None,
    actor: Actor,
    now: datetime,
) -> User:
    """Add a user. Needs a writing transaction. Raises UserRefused, NotAllowed."""
    require(connection, actor, "users.manage")
    login, wanted, identity = login.strip().casefold(), _checked_roles(roles), _identity(identity)
    if not _LOGIN.fullmatch(login):
        raise UserRefused(
            f"a login has 1 to 64 letters, digits or ._@+-, and begins with one of the first, not {login!r}"
        )
    if not 1 <= len(display_name.strip()) <= _LONGEST_TEXT:
        raise UserRefused(f"a name has 1 to {_LONGEST_TEXT} characters")
    if find(connection, login) is not None:
        raise UserRefused(f"there is a user {login} already")
    if identity and by_identity(connection, [identity]) is not None:
        raise UserRefused(f"another user is known to the provider as {identity}")
    row = {"login": login, "display_name": display_name.strip(), "password_hash": password_hash, "identity": identity}
    connection.execute(sa.insert(USERS).values(**row, is_active=True, created_at=now, changed_at=now))
    _insert_roles(connection, login, wanted)
    after = {"display_name": row["display_name"], "identity": identity, "roles": sorted(wanted)}
    audit.record(connection, now, actor.name, "user.added", f"user:{login}", None, after)
    return get(connection, login)


def set_roles(connection: sa.Connection, login: str, roles: Iterable[str], actor: Actor, now: datetime) -> User:
    """Give a user exactly these roles. Needs a writing transaction. Raises UserRefused, NotAllowed."""
    require(connection, actor, "users.manage")
    before, wanted = get(connection, login), _checked_roles(roles)
    if "admin" not in wanted:
        _refuse_oneself(before, actor, "takes the role admin from you")
    connection.execute(sa.delete(USER_ROLES).where(USER_ROLES.c.login == before.login))
    _insert_roles(connection, before.login, wanted)
    told = ({"roles": sorted(before.roles)}, {"roles": sorted(wanted)})
    return _changed(connection, before.login, {}, "user.roles", told, actor, now)


def set_password(connection: sa.Connection, login: str, password_hash: str, actor: Actor, now: datetime) -> User:
    """Give a user another password, end his sessions. Needs a writing transaction. Raises UserRefused, NotAllowed."""
    require(connection, actor, "users.manage")
    return _with_password(connection, get(connection, login), password_hash, actor, now)


def set_own_password(connection: sa.Connection, login: str, password_hash: str, now: datetime) -> User:
    """Give a user who has proven who he is another password, end his sessions. Needs a writing transaction."""
    user = get(connection, login)
    return _with_password(connection, user, password_hash, user.actor, now)


def _with_password(connection: sa.Connection, user: User, password_hash: str, actor: Actor, now: datetime) -> User:
    _end_sessions(connection, user.login, now)
    _forgive(connection, user.login)
    values: dict[str, object] = {"password_hash": password_hash}
    return _changed(connection, user.login, values, "user.password", (None, None), actor, now)


def set_active(connection: sa.Connection, login: str, is_active: bool, actor: Actor, now: datetime) -> User:
    """Let a user in or no more, end his sessions. Needs a writing transaction. Raises UserRefused, NotAllowed."""
    require(connection, actor, "users.manage")
    before = get(connection, login)
    if not is_active:
        _refuse_oneself(before, actor, "disables you")
    _end_sessions(connection, before.login, now)
    _forgive(connection, before.login)
    action = "user.enabled" if is_active else "user.disabled"
    told = ({"is_active": before.is_active}, {"is_active": is_active})
    return _changed(connection, before.login, {"is_active": is_active}, action, told, actor, now)


def sign_out(connection: sa.Connection, login: str, actor: Actor, now: datetime) -> User:
    """End a user's sessions, on whichever machine. Needs a writing transaction. Raises UserRefused, NotAllowed."""
    require(connection, actor, "users.manage")
    user = get(connection, login)
    ended = _end_sessions(connection, user.login, now)
    return _changed(connection, user.login, {}, "user.sessions_ended", (None, {"sessions": ended}), actor, now)


def _refuse_oneself(user: User, actor: Actor, what: str) -> None:
    """The last administrator would lock everybody out of this: so nobody takes it from himself."""
    if actor.is_user and actor.name == user.login:
        raise UserRefused(f"another administrator {what}, or who has the machine with `oms users`")


def any_at_all(connection: sa.Connection) -> bool:
    """Whether there is a user, active or not: to disable the last one must not open the home to everybody."""
    return connection.execute(sa.select(USERS.c.login).limit(1)).first() is not None


def everybody(connection: sa.Connection) -> list[User]:
    """All users by login."""
    return _read(connection, sa.true())


def get(connection: sa.Connection, login: str) -> User:
    """One user. Raises UserRefused where there is none."""
    found = find(connection, login)
    if found is None:
        raise UserRefused(f"there is no user {login!r}: `oms users list`")
    return found


def find(connection: sa.Connection, login: str) -> User | None:
    """The user of that login, or None."""
    return next(iter(_read(connection, USERS.c.login == login.strip().casefold())), None)


def by_identity(connection: sa.Connection, identities: Iterable[str]) -> User | None:
    """The user whom an OIDC provider knows as the first of these that is anybody's, or None."""
    wanted = list(identities)
    known = {user.identity: user for user in _read(connection, USERS.c.identity.in_(wanted))}
    return next((known[one] for one in wanted if one in known), None)


def password_hash_of(connection: sa.Connection, login: str) -> str | None:
    """The hash of an active user's password; None for anybody else."""
    query = sa.select(USERS.c.password_hash).where(USERS.c.login == login, USERS.c.is_active)
    return connection.execute(query).scalar_one_or_none()


def _checked_roles(roles: Iterable[str]) -> frozenset[str]:
    """Roles that there are, at least one. Raises UserRefused."""
    wanted = frozenset(roles)
    unknown = sorted(wanted - set(ROLES))
    if unknown or not wanted:
        found = f"not {', '.join(unknown)}" if unknown else "and at least one"
        raise UserRefused(f"a user's roles are {', '.join(ROLES)}, {found}")
    return wanted


def _forgive(connection: sa.Connection, login: str) -> None:
    """Forget the wrong passwords that were tried for a login, wherever. Needs a writing transaction."""
    devices = sa.select(DEVICES.c.secret_sha256).where(DEVICES.c.login == login)
    tried = SIGN_IN_ATTEMPTS.c.login
    connection.execute(sa.delete(SIGN_IN_ATTEMPTS).where(sa.or_(tried == login, tried.in_(devices))))


def _identity(text: str | None) -> str | None:
    """An address in small letters, as providers are asked for it; an `issuer#subject` as it stands."""
    given = (text or "").strip()
    return (given if "#" in given else given.casefold()) or None


def _read(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[User]:
    rows = connection.execute(sa.select(USERS).where(condition)).mappings().all()
    roles: dict[str, set[str]] = {str(row["login"]): set() for row in rows}
    for row in connection.execute(sa.select(USER_ROLES).where(USER_ROLES.c.login.in_(list(roles)))):
        roles[row.login].add(row.role)
    names = ("login", "display_name", "identity", "is_active", "created_at", "changed_at")
    users = [
        User(
            **{name: row[name] for name in names},
            has_password=row["password_hash"] is not None,
            roles=frozenset(roles[row["login"]]),
        )
        for row in rows
    ]
    return sorted(users, key=lambda user: user.login)


def _insert_roles(connection: sa.Connection, login: str, roles: frozenset[str]) -> None:
    connection.execute(sa.insert(USER_ROLES), [{"login": login, "role": role} for role in sorted(roles)])


def _changed(
    connection: sa.Connection,
    login: str,
    values: dict[str, object],
    action: str,
    told: tuple[audit.State, audit.State],
    actor: Actor,
    now: datetime,
) -> User:
    connection.execute(sa.update(USERS).where(USERS.c.login == login).values(**values, changed_at=now))
    audit.record(connection, now, actor.name, action, f"user:{login}", *told)
    return get(connection, login)


def _end_sessions(connection: sa.Connection, login: str, now: datetime) -> int:
    """How many were open."""
    open_ones = sa.and_(SESSIONS.c.login == login, SESSIONS.c.ends_at > now)
    return connection.execute(sa.update(SESSIONS).where(open_ones).values(ends_at=now)).rowcount
