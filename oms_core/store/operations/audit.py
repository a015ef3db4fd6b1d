"""The audit trail: who did what to which subject, and how it was before and after. Only ever added to.

Belongs here: writing and reading the trail. Does not belong here: deciding what is worth an entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from oms_core.store.operations.actors import Actor, require
from oms_core.store.operations.engine import reading, writing
from oms_core.store.operations.schema import AUDIT

State = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act. `subject` is `kind:id`; `before` and `after` hold only what changed."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    before: State
    after: State

    @property
    def told(self) -> str:
        """What changed, in one line: `roles: planner → planner, viewer`."""
        before, after = self.before or {}, self.after or {}
        return "; ".join(
            f"{name}: {f'{_plain(before[name])} → ' if name in before else ''}{_plain(after.get(name))}"
            for name in dict.fromkeys((*before, *after))
        )


def _plain(value: Any) -> str:
    """A value of the trail for people."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items() if one is not None) or "nothing"
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None else str(value)


def record(
    connection: sa.Connection, at: datetime, actor: str, action: str, subject: str, before: State, after: State
) -> None:
    """Add an entry, in the same transaction as the act itself."""
    entry = {"at": at, "actor": actor, "action": action, "subject": subject, "before": before, "after": after}
    connection.execute(sa.insert(AUDIT), [entry])


def trail(connection: sa.Connection, subject: str | None, limit: int) -> list[AuditEntry]:
    """The latest entries first, of one subject or of all."""
    query = sa.select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)
    if subject is not None:
        query = query.where(AUDIT.c.subject == subject)
    return [AuditEntry(**row._mapping) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for in the trail; None or nothing for all.

    `what`: an action, or the kind of it before its point (`policy` is every `policy.…`). `text`: part of a subject.
    `since`, `until`: from the first instant on, before the second.
    """

    who: str | None = None
    what: str | None = None
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        if self.who:
            yield AUDIT.c.actor == self.who
        if self.what:
            yield sa.or_(AUDIT.c.action == self.what, AUDIT.c.action.startswith(f"{self.what}.", autoescape=True))
        if self.text.strip():
            yield AUDIT.c.subject.icontains(self.text.strip(), autoescape=True)
        if self.since is not None:
            yield AUDIT.c.at >= self.since
        if self.until is not None:
            yield AUDIT.c.at < self.until


class Trail:
    """The trail, to be read: `OperationsStore.trail`. What changes the store enters it in its own transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def note(self, action: str, subject: str, now: datetime, after: State, actor: str = "oms run") -> None:
        """Enter an act that changes nothing else in the store."""
        with writing(self._engine) as connection:
            record(connection, now, actor, action, subject, None, after)

    def find(self, asked: Asked, actor: Actor, limit: int | None = None) -> list[AuditEntry]:
        """What is looked for, the latest first, so many at most. Raises NotAllowed of what others did."""
        query = sa.select(AUDIT).where(*asked.conditions()).order_by(AUDIT.c.id.desc()).limit(limit)
        with self._reading(asked.who, actor) as connection:
            return [AuditEntry(**row._mapping) for row in connection.execute(query)]

    def count(self, asked: Asked, actor: Actor) -> int:
        """How many entries that is. Raises NotAllowed of what others did."""
        query = sa.select(sa.func.count()).select_from(AUDIT).where(*asked.conditions())
        with self._reading(asked.who, actor) as connection:
            return int(connection.execute(query).scalar_one())

    def actors(self, actor: Actor) -> list[str]:
        """Everybody who did something, by name. Raises NotAllowed."""
        with self._reading(None, actor) as connection:
            return sorted(connection.execute(sa.select(AUDIT.c.actor).distinct()).scalars())

    def actions(self) -> list[str]:
        """Everything that was ever done, by name."""
        with reading(self._engine) as connection:
            return sorted(connection.execute(sa.select(AUDIT.c.action).distinct()).scalars())

    def of_action(self, action: str) -> list[AuditEntry]:
        """Every entry of an action, the earliest first: for what runs ask."""
        query = sa.select(AUDIT).where(AUDIT.c.action == action).order_by(AUDIT.c.id)
        with reading(self._engine) as connection:
            return [AuditEntry(**row._mapping) for row in connection.execute(query)]

    @contextmanager
    def _reading(self, of: str | None, actor: Actor) -> Iterator[sa.Connection]:
        """A transaction for reading what somebody did; everybody may read what he did himself."""
        with reading(self._engine) as connection:
            if of != actor.name:
                require(connection, actor, "trail.read")
            yield connection
