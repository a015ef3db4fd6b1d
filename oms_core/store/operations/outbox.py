"""The outbox: every export document and how far it has got, each exactly once.

Belongs here: entering documents, and their states.
Does not belong here: what a document says (`fulfilment`), how it travels, finding some of many (`outbox_lists`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa

from oms_core.fulfilment.documents import Document
from oms_core.fulfilment.partners import Partners
from oms_core.store.operations import audit
from oms_core.store.operations.schema import OUTBOX, SETTINGS

STATES = ("new", "held", "sent", "acknowledged", "partial", "rejected", "unknown", "void")

#: What can be done to a document: in which states, and the state it has then.
ACTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    # Before anything is handed over: from here on its fate is unknown until somebody tells.
    "begin": (("new",), "unknown"),
    "send": (("unknown",), "sent"),
    # It was not handed over after all.
    "put_back": (("unknown",), "new"),
    "acknowledge": (("sent", "unknown", "new", "held"), "acknowledged"),
    # Also of an order that is refused once the whole, or all but others, was taken.
    "acknowledge_part": (("sent", "unknown", "new", "held", "acknowledged", "partial"), "partial"),
    "reject": (("sent", "unknown", "new", "held"), "rejected"),
    # It was taken back, and its partner has it all the same.
    "taken": (("void",), "void"),
    # Somebody has seen to the orders that were refused, the others are being shipped all along; or to what a partner
    # has that was taken back, which stays so; or knows that a partner has what it has not answered, or what came to it
    # by another way: by hand, or from the home of which this is a copy.
    "settle": (("partial", "void", "new", "sent", "unknown"), "acknowledged"),
    "hold": (("new",), "held"),
    "release": (("held",), "new"),
    "retry": (("sent", "unknown"), "new"),
    "void": (("new", "held", "unknown", "rejected"), "void"),
}
#: Settings: the last X12 control number that the home may have given of which this store is an earlier copy, and the
#: copy for which that was reckoned.
_GIVEN, _GIVEN_FOR = "control_numbers_given", "control_numbers_given_for"
#: So many X12 control numbers may a home have given a partner since it was copied; an act of the audit trail for each
#: copy that left them out.
NUMBERS_LEFT_OUT, COPIED = 1000, "home.copied"
#: States in which a document may wait for somebody, whoever its partner is.
_WAITING = ("new", "held", "partial", "rejected", "unknown")
_ANSWERS = ("acknowledge", "acknowledge_part", "reject")
#: States in which a document may be that was never handed over, and one that is to be sent again: that its partner may
#: have, and answer, and nobody takes it back behind its back.
_UNSENT = ("new", "held")
#: Those that people do; the others are a run's and a partner's word.
BY_PERSONS = ("hold", "release", "retry", "settle", "void")


#: What is one time more, or less, that it was handed over.
_COUNTED = {"begin": 1, "put_back": -1}


class OutboxRefusal(ValueError):  # noqa: N818 - reads as the sentence it is
    """A document's state does not allow what was asked for; the message says what it would."""


class ExportConflict(Exception):  # noqa: N818 - reads as the sentence it is
    """Another document already has the same business key and revision: sending both would ship twice."""


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A document in the outbox: `payload` is its JSON text, `sha256` its hash, `attempts` how often it was handed over.

    `control_number`: of its X12 interchange, in the partner's own sequence; `answer`: the partner's words, if any;
    `problem`: why the last attempt to deliver it did not succeed.
    """

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
    control_number: int
    answered_at: datetime | None
    answer: str | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class OutboxKey:
    """A document's entry without what the document says: all that is read of those that were dealt with long ago."""

    export_id: str
    partner_id: str
    location_id: str
    wave: str
    revision: int
    state: str
    run_id: str
    line_count: int
    control_number: int
    attempts: int


def enqueue(connection: sa.Connection, documents: Sequence[Document], now: datetime, run_id: str) -> list[str]:
    """Enter the documents that are not there yet, as `new`; their ids. Needs a writing transaction.

    A document that is there stays as it is, whatever its state. Raises ExportConflict, and then nothing is entered.
    """
    known = _known(connection, documents)
    fresh = {document.export_id: document for document in documents if document.export_id not in known}
    for document in fresh.values():
        _refuse_conflict(connection, document)
        row = _row(document, now, run_id) | {"control_number": _next_control_number(connection, document.partner_id)}
        connection.execute(sa.insert(OUTBOX), [row])
    return list(fresh)


def act(connection: sa.Connection, export_id: str, action: str, now: datetime, actor: str, reason: str = "") -> bool:
    """Do one of ACTIONS to a document, and audit it; False where it is done already. `reason` is kept as the answer.

    Raises KeyError for an unknown id, OutboxRefusal where its state does not allow it. Needs a writing transaction.
    """
    entry = get(connection, export_id)
    allowed, state = ACTIONS[action]
    if _is_done(entry, action, reason):
        return False
    if not is_possible(entry, action):
        possible = [name for name in BY_PERSONS if is_possible(entry, name)]
        before = " and was sent before" if entry.state in _UNSENT and entry.attempts else ""
        other = " or ".join(one for one in allowed if one != entry.state)
        raise OutboxRefusal(
            f"export {export_id[:12]} is {entry.state}{before}: {action} needs one that is {other}. "
            f"Possible: {', '.join(possible) or 'nothing any more'}."
        )
    if entry.state == "void":
        state = "void"
    # A problem belongs to the state in which it was met.
    changed: dict[str, object] = {"state": state, "problem": reason if action == "taken" else None}
    if action in _COUNTED:
        changed |= {"attempts": entry.attempts + _COUNTED[action]}
    if action == "send":
        changed |= {"sent_at": now}
    if action in _ANSWERS:
        changed |= {"answered_at": now, "answer": reason or None}
    if action == "taken":
        changed |= {"answered_at": now}
    if action == "settle" and entry.state == "new":
        changed |= {"attempts": max(entry.attempts, 1), "sent_at": entry.sent_at or now}
    connection.execute(sa.update(OUTBOX).where(OUTBOX.c.export_id == export_id).values(**changed))
    after = {"state": state, **({"reason": reason} if reason else {})}
    audit.record(connection, now, actor, f"export.{action}", f"export:{export_id}", {"state": entry.state}, after)
    return True


def _is_done(entry: OutboxEntry, action: str, reason: str) -> bool:
    if action == "taken":
        return entry.state == "void" and entry.answered_at is not None
    if action == "acknowledge_part":
        # An order that is refused later is said beside those that were, once: also when somebody has seen to them.
        return entry.state in ("partial", "acknowledged") and entry.answer == (reason or None) is not None
    return entry.state == ACTIONS[action][1]


def is_possible(entry: OutboxEntry, action: str) -> bool:
    """Whether one of ACTIONS can be done to a document."""
    if action == "settle" and entry.state == "void":
        return entry.problem is not None
    if entry.state in _UNSENT and action in (*_ANSWERS, "void"):
        return bool(entry.attempts) is not (action == "void")
    return entry.state in ACTIONS[action][0]


def replace(connection: sa.Connection, export_id: str, document: Document | None, now: datetime, reason: str) -> bool:
    """Void a document that was not sent and enter another in its stead, or none. Needs a writing transaction.

    What was held stays held. False, and nothing changes, where it is not `new` or `held` any more, or was sent before.
    """
    entry = get(connection, export_id)
    if entry.state not in _UNSENT or entry.attempts:
        return False
    act(connection, export_id, "void", now, "quartermaster", reason)
    if document is not None:
        enqueue(connection, [document], now, entry.run_id)
        if entry.state == "held":
            act(connection, document.export_id, "hold", now, "quartermaster", f"as {export_id[:12]} was")
    return True


def states_of(connection: sa.Connection, export_ids: Iterable[str]) -> dict[str, str]:
    """States by id; what is only to be sent again is `sent`."""
    columns = OUTBOX.c
    is_sent_again = columns.state.in_(_UNSENT) & (columns.attempts > 0)
    state = sa.case((is_sent_again, "sent"), else_=columns.state).label("state")
    query = sa.select(columns.export_id, state).where(columns.export_id.in_(list(export_ids)))
    return {row.export_id: row.state for row in connection.execute(query)}


def keys(connection: sa.Connection, types: Collection[str], states: Collection[str], wave: str) -> list[OutboxKey]:
    """Keys of documents of these types, in these states (empty: all), whose wave begins so; the oldest first."""
    columns = OUTBOX.c
    query = sa.select(*(columns[field.name] for field in fields(OutboxKey)))
    for column, wanted in ((columns.document_type, types), (columns.state, states)):
        query = query.where(column.in_(wanted)) if wanted else query
    query = query.where(columns.wave.startswith(wave, autoescape=True)) if wave else query
    ordered = query.order_by(columns.created_at, columns.location_id, columns.export_id)
    return [OutboxKey(**row._mapping) for row in connection.execute(ordered)]


def note_problem(connection: sa.Connection, export_ids: Sequence[str], problem: str) -> None:
    """Note why documents could not be delivered; of what was taken back nothing is. Needs a writing transaction."""
    waiting = OUTBOX.c.export_id.in_(export_ids) & (OUTBOX.c.state != "void")
    connection.execute(sa.update(OUTBOX).where(waiting).values(problem=problem))


def find(connection: sa.Connection, beginning: str) -> OutboxEntry:
    """The one entry whose id begins so. Raises KeyError where there is none or more than one."""
    query = sa.select(OUTBOX).where(OUTBOX.c.export_id.startswith(beginning, autoescape=True)).limit(2)
    rows = connection.execute(query).all()
    if len(rows) != 1:
        raise KeyError(f"{'no' if not rows else 'more than one'} export begins with {beginning!r}")
    return OutboxEntry(**rows[0]._mapping)


def get(connection: sa.Connection, export_id: str) -> OutboxEntry:
    """One entry. Raises KeyError where there is none."""
    row = connection.execute(sa.select(OUTBOX).where(OUTBOX.c.export_id == export_id)).one_or_none()
    if row is None:
        raise KeyError(f"there is no export {export_id} in the outbox")
    return OutboxEntry(**row._mapping)


def entries(connection: sa.Connection, state: str | None) -> list[OutboxEntry]:
    """Entries in one state, or in any, the latest first. Raises ValueError for a state that does not exist."""
    if state is not None and state not in STATES:
        raise ValueError(f"an export is {', '.join(STATES)}, not {state!r}")
    query = sa.select(OUTBOX) if state is None else sa.select(OUTBOX).where(OUTBOX.c.state == state)
    found = [OutboxEntry(**row._mapping) for row in connection.execute(query)]
    return sorted(found, key=lambda e: (e.created_at, e.location_id, e.export_id), reverse=True)


def stuck(connection: sa.Connection, partners: Partners, now: datetime) -> list[OutboxEntry]:
    """Documents that wait for somebody, the oldest first."""
    has_it = (OUTBOX.c.state == "void") & OUTBOX.c.problem.is_not(None)
    waits: sa.ColumnElement[bool] = OUTBOX.c.state.in_(_WAITING) | has_it
    if partners.soonest_answer is not None:
        # A year's documents were sent, and few of them are late: only these are read.
        waits |= (OUTBOX.c.state == "sent") & (OUTBOX.c.sent_at < now - partners.soonest_answer)
    query = sa.select(OUTBOX).where(waits)
    found = [OutboxEntry(**row._mapping) for row in connection.execute(query)]
    return sorted((e for e in found if is_stuck(e, partners, now)), key=lambda e: (e.created_at, e.export_id))


def is_overdue(entry: OutboxEntry, partners: Partners, now: datetime) -> bool:
    """Whether a partner that must answer has not, within its time."""
    within = partners.of(entry.partner_id).answers_within
    return entry.state == "sent" and entry.sent_at is not None and within is not None and entry.sent_at + within < now


def is_stuck(entry: OutboxEntry, partners: Partners, now: datetime) -> bool:
    """Whether a document waits for somebody."""
    # What was not delivered, and what was taken back and its partner has.
    has_problem = entry.state in ("new", "void") and entry.problem is not None
    return entry.state in ("held", "partial", "rejected", "unknown") or has_problem or is_overdue(entry, partners, now)


def _known(connection: sa.Connection, documents: Sequence[Document]) -> set[str]:
    ids = [document.export_id for document in documents]
    return set(connection.execute(sa.select(OUTBOX.c.export_id).where(OUTBOX.c.export_id.in_(ids))).scalars())


def _next_control_number(connection: sa.Connection, partner_id: str) -> int:
    last = sa.select(sa.func.max(OUTBOX.c.control_number)).where(OUTBOX.c.partner_id == partner_id)
    return max(connection.execute(last).scalar() or 0, int(_setting(connection, _GIVEN) or 0)) + 1


def leave_out_control_numbers(connection: sa.Connection, copy: str, now: datetime) -> None:
    """Take the next control numbers after the last one of all partners as given, once a copy: its home may have given
    them since. Needs a writing transaction."""
    if _setting(connection, _GIVEN_FOR) == copy:
        return
    last = (connection.execute(sa.select(sa.func.max(OUTBOX.c.control_number))).scalar() or 0) + NUMBERS_LEFT_OUT
    values = {_GIVEN: str(last), _GIVEN_FOR: copy}
    connection.execute(sa.delete(SETTINGS).where(SETTINGS.c.name.in_(values)))
    connection.execute(sa.insert(SETTINGS), [{"name": name, "value": value} for name, value in values.items()])
    audit.record(connection, now, "oms run", COPIED, "settings:control_numbers", None, {"given_until": last})


def _setting(connection: sa.Connection, name: str) -> str | None:
    value: str | None = connection.execute(
        sa.select(SETTINGS.c.value).where(SETTINGS.c.name == name)
    ).scalar_one_or_none()
    return value


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
