"""Signing in, and staying so: attempts, which are counted before they are looked at, and sessions.

Belongs here: how often a password may be tried, when a session ends. Does not belong here: where a page keeps a
session's secret (`dashboards`), whose password it is (`users`), how it is compared (`passwords`).

The store keeps a session's secret as a hash only: who reads a backup of it is not signed in as anybody.
"""

from __future__ import annotations

import hashlib
import math
from datetime import datetime, timedelta

import sqlalchemy as sa

from oms_core.store.operations import audit, devices, users
from oms_core.store.operations.schema import SESSIONS, SIGN_IN_ATTEMPTS
from oms_core.store.operations.users import User

#: So many wrong passwords in a row, none of them longer ago than that, and who typed them is locked out for as long:
#: a browser from which the user has signed in before by itself, all others together.
MOST_ATTEMPTS = 5
LOCKED_FOR = timedelta(minutes=15)
LONGEST_SESSION = timedelta(hours=12)
#: How exactly `seen_at` is kept: not every look at a page is worth a write.
_SEEN_WITHIN = timedelta(minutes=1)
#: Longer than an identity's cookie lives (30 days): an ended session must be known as ended until then.
_KEPT_FOR = timedelta(days=40)
#: By which way a session began. Part of what is hashed, so that no secret of one way fits a session of the other.
BY_PASSWORD, BY_PROVIDER = "password", "provider"


class SignInRefused(Exception):  # noqa: N818 - reads as the sentence it is
    """Nobody is signed in. The message is the same whether there is such a user or not."""


class SessionEnded(Exception):  # noqa: N818 - reads as the sentence it is
    """The session is over; the message says why, as far as its owner may know."""


def count_attempt(connection: sa.Connection, login: str, device: str, now: datetime) -> str:
    """Count an attempt as a wrong one before its password is compared, so that a hundred at once count as a hundred.

    Returns the key under which it is counted, a login or a known browser. Needs a writing transaction. Raises
    SignInRefused where that key is locked, whether the login exists or not.

    The audit trail notes it here, in the same commit, and of users only: strangers cannot fill the trail with names,
    and no later commit tells by its time that a login exists.
    """
    old = SIGN_IN_ATTEMPTS.c.last_at <= now - LOCKED_FOR
    connection.execute(sa.delete(SIGN_IN_ATTEMPTS).where(old))
    tried = devices.known(connection, login, device, now) or login
    row = connection.execute(sa.select(SIGN_IN_ATTEMPTS).where(SIGN_IN_ATTEMPTS.c.login == tried)).one_or_none()
    if row is None:
        connection.execute(sa.insert(SIGN_IN_ATTEMPTS).values(login=tried, attempts=1, last_at=now))
    elif row.attempts >= MOST_ATTEMPTS:
        minutes = math.ceil((row.last_at + LOCKED_FOR - now) / timedelta(minutes=1))
        unit = "minutes" if minutes > 1 else "minute"
        raise SignInRefused(f"Too many wrong passwords for this login. Try again in {minutes} {unit}.")
    else:
        counted = {"attempts": row.attempts + 1, "last_at": now}
        connection.execute(sa.update(SIGN_IN_ATTEMPTS).where(SIGN_IN_ATTEMPTS.c.login == tried).values(**counted))
    if users.find(connection, login) is not None:
        audit.record(connection, now, login, "user.tried", f"user:{login}", None, None)
    return tried


def begin_count_anew(connection: sa.Connection, tried: str) -> None:
    """Forget what was counted there: the right password was typed. Needs a writing transaction."""
    connection.execute(sa.delete(SIGN_IN_ATTEMPTS).where(SIGN_IN_ATTEMPTS.c.login == tried))


def is_begun(connection: sa.Connection, way: str, secret: str) -> bool:
    """Whether there is a session with that secret, ended or not."""
    query = sa.select(SESSIONS.c.login).where(SESSIONS.c.secret_sha256 == _key(way, secret))
    return connection.execute(query).first() is not None


def begin(connection: sa.Connection, user: User, way: str, secret: str, now: datetime, ends_at: datetime) -> None:
    """Begin a session, unless there is one with that secret. Needs a writing transaction."""
    if is_begun(connection, way, secret):
        return
    connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.ends_at < now - _KEPT_FOR))
    times = {"started_at": now, "seen_at": now, "ends_at": min(ends_at, now + LONGEST_SESSION)}
    connection.execute(sa.insert(SESSIONS).values(secret_sha256=_key(way, secret), login=user.login, **times))
    audit.record(connection, now, user.login, "user.signed_in", f"user:{user.login}", None, {"by": way})


def is_seen_lately(connection: sa.Connection, way: str, secret: str, now: datetime) -> bool:
    """Whether the session was noted as seen so lately that it need not be noted again."""
    seen_at = sa.select(SESSIONS.c.seen_at).where(SESSIONS.c.secret_sha256 == _key(way, secret))
    return bool(connection.execute(seen_at).scalar_one() > now - _SEEN_WITHIN)


def see(connection: sa.Connection, way: str, secret: str, now: datetime) -> None:
    """Note that a session was used. Needs a writing transaction."""
    ours = SESSIONS.c.secret_sha256 == _key(way, secret)
    connection.execute(sa.update(SESSIONS).where(ours, SESSIONS.c.seen_at < now).values(seen_at=now))


def owner(connection: sa.Connection, way: str, secret: str, now: datetime, idle: timedelta) -> User:
    """Whose session it is. Raises SessionEnded where it is nobody's any more."""
    query = sa.select(SESSIONS).where(SESSIONS.c.secret_sha256 == _key(way, secret))
    session = connection.execute(query).one_or_none()
    user = None if session is None else users.find(connection, session.login)
    if session is None or user is None or not user.is_active or session.ends_at <= now:
        raise SessionEnded("You are signed out.")
    if session.seen_at <= now - idle:
        raise SessionEnded(f"You were signed out after {idle // timedelta(minutes=1)} minutes without use.")
    return user


def last_seen(connection: sa.Connection) -> dict[str, datetime]:
    """By login: when a session of his was last used, of those that are kept."""
    query = sa.select(SESSIONS.c.login, sa.func.max(SESSIONS.c.seen_at, type_=SESSIONS.c.seen_at.type))
    return {row[0]: row[1] for row in connection.execute(query.group_by(SESSIONS.c.login))}


def locked(connection: sa.Connection, now: datetime) -> set[str]:
    """Logins for which too many wrong passwords were tried lately, at browsers that are new to them."""
    tried = SIGN_IN_ATTEMPTS.c
    query = sa.select(tried.login).where(tried.attempts >= MOST_ATTEMPTS, tried.last_at > now - LOCKED_FOR)
    return set(connection.execute(query).scalars())


def end(connection: sa.Connection, way: str, secret: str, now: datetime) -> None:
    """End a session, if it has not ended. Needs a writing transaction."""
    ours = sa.and_(SESSIONS.c.secret_sha256 == _key(way, secret), SESSIONS.c.ends_at > now)
    login = connection.execute(sa.select(SESSIONS.c.login).where(ours)).scalar_one_or_none()
    if login is not None:
        connection.execute(sa.update(SESSIONS).where(ours).values(ends_at=now))
        audit.record(connection, now, login, "user.signed_out", f"user:{login}", None, None)


def _key(way: str, secret: str) -> str:
    return hashlib.sha256(f"{way}:{secret}".encode()).hexdigest()
