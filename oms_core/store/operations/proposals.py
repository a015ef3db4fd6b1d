"""Decisions on proposals: only ever added to, each proposal's last one counts, and what was accepted is ordered once.

Belongs here: keeping and finding decisions, and turning what was accepted into documents of the outbox.
Does not belong here: what may be decided (`oms_core.replenishment.proposing.deciding`), what a document says
(`fulfilment`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from oms_core.fulfilment.documents import Document
from oms_core.replenishment.proposing.deciding import (
    ACCEPTED,
    ENDED,
    UNDONE,
    Decision,
    DecisionRefused,
    Proposal,
    check_quantity,
    check_texts,
    check_undecided,
    undoable,
)
from oms_core.store.operations import audit, outbox
from oms_core.store.operations.schema import OUTBOX, PROPOSAL_DECISIONS, PROPOSAL_ORDERS

#: A proposal, who accepts it, and why.
Release = tuple[Proposal, str, str]
Build = Callable[[Sequence[Decision]], Sequence[Document]]

_RENAMED = {"quantity": "quantity_proposed", "decision_number": "plan_decision_number"}
#: Columns of a stored proposal, by its fields.
_PROPOSAL = {field.name: _RENAMED.get(field.name, field.name) for field in fields(Proposal)}
_LATER = PROPOSAL_DECISIONS.alias("later")
#: No later decision on the same proposal.
_IS_LAST = ~sa.exists().where(
    _LATER.c.proposal_ref == PROPOSAL_DECISIONS.c.proposal_ref,
    _LATER.c.decision_number > PROPOSAL_DECISIONS.c.decision_number,
)
_DOCUMENTED = PROPOSAL_DECISIONS.outerjoin(PROPOSAL_ORDERS).outerjoin(OUTBOX)
_WHOLE = sa.select(
    PROPOSAL_DECISIONS,
    PROPOSAL_ORDERS.c.export_id,
    OUTBOX.c.wave.label("order_ref"),
    OUTBOX.c.state.label("export_state"),
).select_from(_DOCUMENTED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of deciding several proposals at once: what was noted, and a sentence for each that was refused."""

    decided: tuple[Decision, ...]
    refused: tuple[str, ...]


def accept(
    connection: sa.Connection, chosen: Iterable[tuple[Proposal, int]], author: str, reason: str, now: datetime
) -> Outcome:
    """Accept proposals with a quantity each. Needs a writing transaction. Raises DecisionRefused without an author."""
    check_texts(ACCEPTED, author, reason)

    def one(proposal: Proposal, quantity: int) -> Decision:
        _check_open(connection, proposal)
        check_quantity(proposal, quantity)
        return _add(connection, proposal, ACCEPTED, quantity, author, reason, now)

    return _each([(proposal.name, partial(one, proposal, quantity)) for proposal, quantity in chosen])


def release(connection: sa.Connection, chosen: Iterable[Release], now: datetime) -> Outcome:
    """Accept as proposed what a rule releases, of proposals that nobody has decided about yet: what a person took back
    or rejected stays his. Needs a writing transaction.
    """

    def one(proposal: Proposal, author: str, reason: str) -> Decision:
        _check_open(connection, proposal)
        return _add(connection, proposal, ACCEPTED, proposal.quantity, author, reason, now)

    undecided = [each for each in chosen if _latest(connection, each[0].proposal_ref) is None]
    return _each([(proposal.name, partial(one, proposal, *said)) for proposal, *said in undecided])


def reject(connection: sa.Connection, chosen: Iterable[Proposal], author: str, reason: str, now: datetime) -> Outcome:
    """Reject proposals. Needs a writing transaction. Raises DecisionRefused without an author or a reason."""
    check_texts("rejected", author, reason)

    def one(proposal: Proposal) -> Decision:
        latest = _latest(connection, proposal.proposal_ref)
        check_undecided(proposal, latest, ())
        return _add(connection, proposal, "rejected", None, author, reason, now)

    return _each([(proposal.name, partial(one, proposal)) for proposal in chosen])


def undo(connection: sa.Connection, refs: Iterable[str], author: str, reason: str, now: datetime) -> Outcome:
    """Take back what is decided of proposals, by their refs. Needs a writing transaction. Raises DecisionRefused."""
    check_texts(UNDONE, author, reason)

    def one(ref: str) -> Decision:
        before = undoable(_latest(connection, ref))
        return _add(connection, before.proposal, UNDONE, None, author, reason, now)

    return _each([(ref[:8], partial(one, ref)) for ref in refs])


def of_run(connection: sa.Connection, run_id: str) -> list[Decision]:
    """The last decision on each proposal of a run, the latest first."""
    return _decisions(connection, PROPOSAL_DECISIONS.c.run_id == run_id)


def latest(connection: sa.Connection, limit: int) -> list[Decision]:
    """The last decision on each proposal of any run, the latest first."""
    return _decisions(connection, sa.true(), limit)


def order(connection: sa.Connection, build: Build, now: datetime, run_id: str) -> list[str]:
    """Enter the documents that `build` makes of all that is accepted and in none yet; their ids.

    In one transaction, so that whatever happens each acceptance is in one document: its line with the proposal's ref.
    Needs a writing transaction. Raises ValueError where `build` leaves one out or has one twice.
    """
    waiting = _decisions(connection, _is_waiting())
    documents = build(waiting) if waiting else ()
    numbers = {one.proposal.proposal_ref: one.decision_number for one in waiting}
    links: list[dict[str, Any]] = [
        {"decision_number": numbers[line.line_ref], "export_id": document.export_id}
        for document in documents
        for line in document.lines
    ]
    if sorted(link["decision_number"] for link in links) != sorted(numbers.values()):
        raise ValueError("every accepted proposal belongs into exactly one document")
    made = outbox.enqueue(connection, documents, now, run_id)
    if links:
        connection.execute(sa.insert(PROPOSAL_ORDERS), links)
    for document in documents:
        for line in document.lines:
            after = {"export_id": document.export_id, "order_ref": document.wave}
            audit.record(connection, now, "quartermaster", "proposal.ordered", _subject(line.line_ref), None, after)
    return made


def accepted(connection: sa.Connection) -> tuple[list[tuple[int, str | None]], int]:
    """Number and document of every acceptance in force that orders something, or will; the last decision's number."""
    query = (
        sa.select(PROPOSAL_DECISIONS.c.decision_number, PROPOSAL_ORDERS.c.export_id)
        .select_from(_DOCUMENTED)
        .where(_is_in_force())
        .order_by(PROPOSAL_DECISIONS.c.decision_number)
    )
    last = connection.execute(sa.select(sa.func.max(PROPOSAL_DECISIONS.c.decision_number))).scalar()
    return [(row[0], row[1]) for row in connection.execute(query)], last or 0


def fingerprint(connection: sa.Connection) -> tuple[int, int, int]:
    """What a run has to go by: how many acceptances stand, the last of them, and how many documents ended unordered.

    Two states with the same three say the same: numbers only grow, and what is undone or ended never comes back.
    """
    stands = sa.and_(PROPOSAL_DECISIONS.c.verdict == ACCEPTED, _IS_LAST)
    count = sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(PROPOSAL_DECISIONS.c.decision_number), 0))
    row = connection.execute(count.where(stands)).one()
    ended = sa.select(sa.func.count()).select_from(PROPOSAL_ORDERS.join(OUTBOX)).where(OUTBOX.c.state.in_(ENDED))
    return int(row[0]), int(row[1]), int(connection.execute(ended).scalar_one())


def _each(acts: Sequence[tuple[str, Callable[[], Decision]]]) -> Outcome:
    """Do what can be done, and tell of the rest: one proposal that a colleague decided stops none of the others."""
    decided, refused = [], []
    for name, act in acts:
        try:
            decided.append(act())
        except DecisionRefused as error:
            refused.append(f"{name}: {error}")
    return Outcome(tuple(decided), tuple(refused))


def _check_open(connection: sa.Connection, proposal: Proposal) -> None:
    later = sa.and_(
        PROPOSAL_DECISIONS.c.sku == proposal.sku, PROPOSAL_DECISIONS.c.decision_number > proposal.decision_number
    )
    elsewhere = _decisions(connection, sa.and_(later, PROPOSAL_DECISIONS.c.run_id != proposal.run_id))
    check_undecided(proposal, _latest(connection, proposal.proposal_ref), elsewhere)


def _latest(connection: sa.Connection, ref: str) -> Decision | None:
    found = _decisions(connection, PROPOSAL_DECISIONS.c.proposal_ref == ref)
    return found[0] if found else None


def _is_in_force() -> sa.ColumnElement[bool]:
    return sa.and_(
        PROPOSAL_DECISIONS.c.verdict == ACCEPTED,
        _IS_LAST,
        sa.or_(OUTBOX.c.state.is_(None), OUTBOX.c.state.not_in(ENDED)),
    )


def _is_waiting() -> sa.ColumnElement[bool]:
    return sa.and_(PROPOSAL_DECISIONS.c.verdict == ACCEPTED, _IS_LAST, PROPOSAL_ORDERS.c.export_id.is_(None))


def _decisions(
    connection: sa.Connection, condition: sa.ColumnElement[bool], limit: int | None = None
) -> list[Decision]:
    query = _WHOLE.where(condition, _IS_LAST).order_by(PROPOSAL_DECISIONS.c.decision_number.desc()).limit(limit)
    return [_read(row) for row in connection.execute(query)]


def _read(row: sa.Row[tuple[object, ...]]) -> Decision:
    values = row._mapping
    proposal = Proposal(**{name: values[column] for name, column in _PROPOSAL.items()})
    names = [field.name for field in fields(Decision) if field.name != "proposal"]
    return Decision(proposal=proposal, **{name: values[name] for name in names})


def _add(
    connection: sa.Connection,
    proposal: Proposal,
    verdict: str,
    quantity: int | None,
    author: str,
    reason: str,
    now: datetime,
) -> Decision:
    before = _latest(connection, proposal.proposal_ref)
    said = {"verdict": verdict, "quantity": quantity, "author": author.strip(), "reason": reason.strip()}
    row = {**{column: getattr(proposal, name) for name, column in _PROPOSAL.items()}, **said, "decided_at": now}
    added = sa.insert(PROPOSAL_DECISIONS).values(row).returning(PROPOSAL_DECISIONS.c.decision_number)
    number: int = connection.execute(added).scalar_one()
    audit.record(
        connection, now, author.strip(), f"proposal.{verdict}", _subject(proposal.proposal_ref),
        None if before is None else {"verdict": before.verdict, "quantity": before.quantity},
        {"verdict": verdict, "quantity": quantity, **({"reason": reason.strip()} if reason.strip() else {})},
    )  # fmt: skip
    return Decision(number, proposal, verdict, quantity, author.strip(), reason.strip(), now)


def _subject(ref: str) -> str:
    return f"proposal:{ref}"
