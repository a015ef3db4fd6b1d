"""The audit trail: who did what to which subject, and how it was before and after. Only ever added to.

Belongs here: writing and reading the trail. Does not belong here: deciding what is worth an entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

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


def record(
    connection: sa.Connection, at: datetime, actor: str, action: str, subject: str, before: State, after: State
) -> None:
    """Add an entry, in the same transaction as the act itself."""
    entry = {"at": at, "actor": actor, "action": action, "subject": subject, "before": before, "after": after}
    connection.execute(sa.insert(AUDIT), [entry])


def of_action(connection: sa.Connection, action: str) -> list[AuditEntry]:
    """Every entry of an action, the earliest first."""
    query = sa.select(AUDIT).where(AUDIT.c.action == action).order_by(AUDIT.c.id)
    return [AuditEntry(**row._mapping) for row in connection.execute(query)]


def trail(connection: sa.Connection, subject: str | None, limit: int) -> list[AuditEntry]:
    """The latest entries first, of one subject or of all."""
    query = sa.select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)
    if subject is not None:
        query = query.where(AUDIT.c.subject == subject)
    return [AuditEntry(**row._mapping) for row in connection.execute(query)]
