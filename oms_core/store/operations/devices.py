"""Browsers from which a user has signed in before. Wrong passwords of others do not lock him out there, and those typed
there lock nobody else out (OWASP, "Slow down online guessing attacks with device cookies").

Belongs here: whether a browser is known, and remembering it. Does not belong here: counting (`sessions`), where a
browser keeps its secret (`dashboards`).

To be known lets nobody in: it only says whose count a wrong password goes to. The store keeps the secret as a hash.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa

from oms_core.store.operations.schema import DEVICES

#: A browser from which its user has not signed in for so long is a stranger's again.
KNOWN_FOR = timedelta(days=180)


def known(connection: sa.Connection, login: str, secret: str, now: datetime) -> str | None:
    """The key of that login's browser, under which its attempts are counted; None where it is not known."""
    ours = DEVICES.c.secret_sha256 == _key(login, secret), DEVICES.c.seen_at > now - KNOWN_FOR
    return connection.execute(sa.select(DEVICES.c.secret_sha256).where(*ours)).scalar_one_or_none()


def remember(connection: sa.Connection, login: str, secret: str, now: datetime) -> str:
    """Note that the user signed in from there; the secret for the browser to keep, a new one where it had none of ours.

    Needs a writing transaction.
    """
    connection.execute(sa.delete(DEVICES).where(DEVICES.c.seen_at <= now - KNOWN_FOR))
    key = known(connection, login, secret, now)
    if key is not None:
        connection.execute(sa.update(DEVICES).where(DEVICES.c.secret_sha256 == key).values(seen_at=now))
        return secret
    fresh = secrets.token_urlsafe(32)
    connection.execute(sa.insert(DEVICES).values(secret_sha256=_key(login, fresh), login=login, seen_at=now))
    return fresh


def _key(login: str, secret: str) -> str:
    """Longer than any login, with which it shares the table of attempts."""
    return f"device:{hashlib.sha256(f'{login}:{secret}'.encode()).hexdigest()}"
