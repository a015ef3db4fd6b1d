"""Drafts: what somebody is about to change of the policy, his alone until he saves, submits or empties it.

Belongs here: keeping one a person. Does not belong here: named sets for all (`scenarios`), what a change may say
(`policies`). A draft is no act: nobody else sees it, so that the audit trail has only what becomes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from oms_core.store.operations.policies import PolicyChange
from oms_core.store.operations.schema import POLICY_DRAFTS

_COLUMNS = POLICY_DRAFTS.c


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """Changes on top of a version of the policy, as they were last kept."""

    base_version: int
    changes: tuple[PolicyChange, ...]
    kept_at: datetime


def kept_at(connection: sa.Connection, author: str) -> datetime | None:
    """When his draft was last kept; None where he has none."""
    found: datetime | None = connection.execute(_of(sa.select(_COLUMNS.kept_at), author)).scalar_one_or_none()
    return found


def find(connection: sa.Connection, author: str) -> KeptDraft | None:
    """His draft."""
    row = connection.execute(
        _of(sa.select(_COLUMNS.base_version, _COLUMNS.changes, _COLUMNS.kept_at), author)
    ).one_or_none()
    if row is None:
        return None
    return KeptDraft(row.base_version, tuple(PolicyChange(**change) for change in row.changes), row.kept_at)


def keep(
    connection: sa.Connection, author: str, base_version: int, changes: Sequence[PolicyChange], now: datetime
) -> None:
    """Keep it in place of what he had; without a change there is no draft. Needs a writing transaction."""
    connection.execute(sa.delete(POLICY_DRAFTS).where(_COLUMNS.author == author))
    if changes:
        row = {"author": author, "base_version": base_version, "kept_at": now}
        stored = [asdict(change) for change in changes]
        connection.execute(sa.insert(POLICY_DRAFTS), [{**row, "changes": stored}])


def _of(query: sa.Select, author: str) -> sa.Select:  # type: ignore[type-arg]
    return query.where(_COLUMNS.author == author)
