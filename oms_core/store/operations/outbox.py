"""The outbox: every export document and how far it has got, each exactly once.

Belongs here: entering documents, and their states.
Does not belong here: what a document says (`fulfilment`), how it travels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from oms_core.fulfilment.documents import Document
from oms_core.store.operations import audit
from oms_core.store.operations.schema import OUTBOX

STATES = ("new", "sent", "acknowledged", "rejected", "unknown")


class ExportConflict(Exception):  # noqa: N818 - reads as the sentence it is
    """Another document already has the same business key and revision: sending both would ship twice."""


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A document in the outbox: `payload` is its JSON text, `sha256` its hash, `attempts` how often it was sent."""

    export_id: str
    partner_id: str
    location_id: str
    wave: str
    document_type: str
    revision: int
    payload: str
    sha256: str
    state: str
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    run_id: str
    line_count: int


def enqueue(connection: sa.Connection, documents: Sequence[Document], now: datetime, run_id: str) -> list[str]:
    """Enter the documents that are not there yet, as `new`; their ids. Needs a writing transaction.

    A document that is there stays as it is, whatever its state. Raises ExportConflict, and then nothing is entered.
    """
    known = _known(connection, documents)
    fresh = {document.export_id: document for document in documents if document.export_id not in known}
    for document in fresh.values():
        _refuse_conflict(connection, document)
        connection.execute(sa.insert(OUTBOX), [_row(document, now, run_id)])
    return list(fresh)


def mark_sent(connection: sa.Connection, export_id: str, now: datetime, actor: str) -> bool:
    """Turn `new` or `unknown` into `sent`, and count the attempt; False where it was sent already.

    Raises KeyError for an unknown id, ValueError for a rejected document. Needs a writing transaction.
    """
    entry = get(connection, export_id)
    if entry.state == "rejected":
        raise ValueError(f"export {export_id} was rejected by {entry.partner_id}: it needs a new revision")
    if entry.state not in ("new", "unknown"):
        return False
    changed = {"state": "sent", "attempts": entry.attempts + 1, "sent_at": now}
    connection.execute(sa.update(OUTBOX).where(OUTBOX.c.export_id == export_id).values(**changed))
    audit.record(
        connection, now, actor, "export.sent", f"export:{export_id}", {"state": entry.state}, {"state": "sent"}
    )
    return True


def get(connection: sa.Connection, export_id: str) -> OutboxEntry:
    """One entry. Raises KeyError where there is none."""
    row = connection.execute(sa.select(OUTBOX).where(OUTBOX.c.export_id == export_id)).one_or_none()
    if row is None:
        raise KeyError(f"there is no export {export_id} in the outbox")
    return OutboxEntry(**row._mapping)


def entries(connection: sa.Connection, state: str | None, oldest_first: bool) -> list[OutboxEntry]:
    """Entries in one state, or in any, by when they were entered. Raises ValueError for a state that does not exist."""
    if state is not None and state not in STATES:
        raise ValueError(f"an export is {', '.join(STATES)}, not {state!r}")
    query = sa.select(OUTBOX) if state is None else sa.select(OUTBOX).where(OUTBOX.c.state == state)
    found = [OutboxEntry(**row._mapping) for row in connection.execute(query)]
    return sorted(found, key=lambda e: (e.created_at, e.location_id, e.export_id), reverse=not oldest_first)


def _known(connection: sa.Connection, documents: Sequence[Document]) -> set[str]:
    ids = [document.export_id for document in documents]
    return set(connection.execute(sa.select(OUTBOX.c.export_id).where(OUTBOX.c.export_id.in_(ids))).scalars())


def _refuse_conflict(connection: sa.Connection, document: Document) -> None:
    names = ("partner_id", "document_type", "location_id", "wave", "revision")
    same_key = sa.and_(*(OUTBOX.c[name] == getattr(document, name) for name in names))
    other = connection.execute(sa.select(OUTBOX.c.export_id, OUTBOX.c.state, OUTBOX.c.run_id).where(same_key)).first()
    if other is not None:
        raise ExportConflict(
            f"{document.document_type} {document.wave} of {document.location_id} is in the outbox with another content:"
            f" export {other.export_id} ({other.state}), entered by run {other.run_id}. Use the next wave or revision."
        )


def _row(document: Document, now: datetime, run_id: str) -> dict[str, object]:
    names = ("export_id", "partner_id", "location_id", "wave", "document_type", "revision", "sha256")
    return {
        **{name: getattr(document, name) for name in names},
        "payload": document.json_bytes.decode(),
        "state": "new",
        "attempts": 0,
        "created_at": now,
        "run_id": run_id,
        "line_count": len(document.lines),
    }
