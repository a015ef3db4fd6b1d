"""Changes of the policy on their way: submitted, looked at by a second person, in force from their day.

Belongs here: what may become of a change, and the one setting that says whether it is reviewed. Does not belong here:
versions and what a change may say (`policies`), who may do it (`actors`), the day (an argument: a run's business date).

A change waits as a change and becomes a version when it comes into force, on top of the version that is in force then.
So versions stay one after the other, and the latest is always the one in force.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from oms_core.store.operations import audit, policies, users
from oms_core.store.operations.policies import InvalidPolicyError, Policy, PolicyChange
from oms_core.store.operations.schema import POLICY_SUBMISSIONS, SETTINGS

WAITING, APPROVED, APPLIED, REJECTED, WITHDRAWN = "waiting", "approved", "applied", "rejected", "withdrawn"
STATES = (WAITING, APPROVED, APPLIED, REJECTED, WITHDRAWN)
#: States in which something can still become of a change.
OPEN = (WAITING, APPROVED)
_REVIEW = "policy_review"
_COLUMNS = POLICY_SUBMISSIONS.c


class ReviewRefused(Exception):  # noqa: N818 - reads as the sentence it is
    """Something that cannot become of a change; the message says why."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A change of the policy. `applies_from` None: from the next run on.

    `reviewer`: who said what becomes of it; None where nobody has yet, or nobody had to. `version`: what it was applied
    as; None before, and where others had said the same by then.
    """

    submission_number: int
    state: str
    changes: tuple[PolicyChange, ...]
    base_version: int
    author: str
    reason: str
    submitted_at: datetime
    applies_from: date | None
    reviewer: str | None
    review_reason: str | None
    reviewed_at: datetime | None
    version: int | None

    def day_to_come(self, last_run: datetime | None) -> date | None:
        """The business day from which it applies; None: from the next run on, also where its day went by before it was
        approved. `last_run`: as of when the last run was."""
        is_over = self.applies_from is None or (last_run is not None and self.applies_from < last_run.date())
        return None if is_over else self.applies_from

    def meets(self, other: Submission) -> bool:
        """Whether both change one rule: what applies later replaces what the other says of it."""
        ours, theirs = ({change.scope for change in one.changes} for one in (self, other))
        return self.submission_number != other.submission_number and not ours.isdisjoint(theirs)


def is_reviewed(connection: sa.Connection) -> bool:
    """Whether a second person has to approve a change: as the setting says; without it, where there are users."""
    said = review_said(connection)
    return users.any_at_all(connection) if said is None else said


def review_said(connection: sa.Connection) -> bool | None:
    """What the setting says; None: a second person is needed where there are users."""
    said = connection.execute(sa.select(SETTINGS.c.value).where(SETTINGS.c.name == _REVIEW)).scalar_one_or_none()
    return None if said is None else bool(said == "required")


def set_review(connection: sa.Connection, is_required: bool | None, actor: str, now: datetime) -> None:
    """Require review, or not, or (None) where there are users. Needs a writing transaction."""
    before = is_reviewed(connection)
    connection.execute(sa.delete(SETTINGS).where(SETTINGS.c.name == _REVIEW))
    if is_required is not None:
        value = "required" if is_required else "not required"
        connection.execute(sa.insert(SETTINGS).values(name=_REVIEW, value=value))
    said = {True: "required", False: "not required", None: "where there are users"}[is_required]
    audit.record(connection, now, actor, "settings.review", "settings:policy_review", {"is": before}, {"says": said})


def submit(
    connection: sa.Connection,
    changes: Iterable[PolicyChange],
    author: str,
    reason: str,
    now: datetime,
    base_version: int,
    applies_from: date | None,
) -> Submission:
    """Submit a change, which needs no review where none is required. Needs a writing transaction.

    Raises StalePolicy, InvalidPolicyError, as saving it would.
    """
    wanted = tuple(changes)
    policies.check(connection, wanted, author, reason, base_version)
    same = [one.submission_number for one in find(connection, OPEN) if set(one.changes) == set(wanted)]
    if same:
        raise InvalidPolicyError(f"change {same[0]} says the same already, and is not in force yet")
    row = {
        "state": WAITING if is_reviewed(connection) else APPROVED,
        "changes": [asdict(change) for change in wanted],
        "base_version": base_version,
        "author": author.strip(),
        "reason": reason.strip(),
        "submitted_at": now,
        "applies_from": applies_from,
    }
    added = sa.insert(POLICY_SUBMISSIONS).values(row).returning(_COLUMNS.submission_number)
    number: int = connection.execute(added).scalar_one()
    day = None if applies_from is None else applies_from.isoformat()
    after = {"reason": row["reason"], "applies_from": day, "changes": row["changes"]}
    audit.record(connection, now, author.strip(), "policy.submitted", f"submission:{number}", None, after)
    return get(connection, number)


def approve(
    connection: sa.Connection, number: int, reviewer: str, reason: str, now: datetime, base_version: int
) -> Submission:
    """Approve a change on top of `base_version`, the policy against which the reviewer saw it.

    Needs a writing transaction. Raises StalePolicy where that is not in force any more, ReviewRefused.
    """
    policies.check_base(connection, base_version)
    found = _of_states(connection, number, (WAITING,), "approved")
    if found.author == reviewer and is_reviewed(connection):
        raise ReviewRefused(f"Change {number} is your own: a second person approves it.")
    approved = _become(connection, found, APPROVED, reviewer, reason, now)
    return _apply(connection, approved, now) if approved.applies_from is None else approved


def reject(connection: sa.Connection, number: int, reviewer: str, reason: str, now: datetime) -> Submission:
    """Reject a change that is not in force, with a reason. Needs a writing transaction. Raises ReviewRefused."""
    if not reason.strip():
        raise ReviewRefused("To reject a change needs a reason: its author sees it.")
    return _become(connection, _of_states(connection, number, OPEN, "rejected"), REJECTED, reviewer, reason, now)


def withdraw(connection: sa.Connection, number: int, author: str, reason: str, now: datetime) -> Submission:
    """Withdraw one's own change that is not in force. Needs a writing transaction. Raises ReviewRefused."""
    found = _of_states(connection, number, OPEN, "withdrawn")
    if found.author != author:
        raise ReviewRefused(f"Change {number} is {found.author}'s: only its author withdraws it.")
    return _become(connection, found, WITHDRAWN, author, reason, now)


def apply_due(connection: sa.Connection, day: date, now: datetime) -> list[Submission]:
    """Bring into force what is approved and due by a business day, in the order of their days. Needs a writing one."""
    due = [one for one in find(connection, (APPROVED,)) if one.applies_from is None or one.applies_from <= day]
    in_order = sorted(due, key=lambda one: (one.applies_from or date.min, one.submission_number))
    return [_apply(connection, one, now) for one in in_order]


def in_force(connection: sa.Connection, day: date) -> Policy:
    """The policy in force on a business day: the latest, unless a version was asked for from a later day on only."""
    dated = sa.select(sa.func.min(_COLUMNS.version)).where(_COLUMNS.applies_from > day)
    first_later: int | None = connection.execute(dated).scalar()
    return policies.load(connection, None if first_later is None else first_later - 1)


def get(connection: sa.Connection, number: int) -> Submission:
    """One change. Raises ReviewRefused where there is none."""
    row = connection.execute(sa.select(POLICY_SUBMISSIONS).where(_COLUMNS.submission_number == number)).one_or_none()
    if row is None:
        raise ReviewRefused(f"There is no change {number}.")
    return _read(row._mapping)


def find(connection: sa.Connection, states: Iterable[str], limit: int | None = None) -> list[Submission]:
    """Changes in these states, the latest first."""
    query = sa.select(POLICY_SUBMISSIONS).where(_COLUMNS.state.in_(list(states)))
    latest_first = query.order_by(_COLUMNS.submission_number.desc()).limit(limit)
    return [_read(row._mapping) for row in connection.execute(latest_first)]


def _apply(connection: sa.Connection, one: Submission, now: datetime) -> Submission:
    """Make it the version in force, of what it still changes: others may have said the same since."""
    current = policies.load(connection)
    left = [change for change in one.changes if not _says_nothing_new(change, current)]
    version = None
    if left:
        version = policies.save(connection, left, one.author, one.reason, now, current.version).version
    values = {"state": APPLIED, "version": version}
    connection.execute(sa.update(POLICY_SUBMISSIONS).where(_is(one.submission_number)).values(**values))
    subject = f"submission:{one.submission_number}"
    audit.record(connection, now, "quartermaster", "policy.applied", subject, None, {"version": version})
    return get(connection, one.submission_number)


def _says_nothing_new(change: PolicyChange, policy: Policy) -> bool:
    return policy.by_scope.get(change.scope) == change.rule


def _of_states(connection: sa.Connection, number: int, states: tuple[str, ...], verb: str) -> Submission:
    found = get(connection, number)
    if found.state not in states:
        told = "" if found.state == APPLIED else f" by {found.reviewer or found.author}"
        raise ReviewRefused(f"Change {number} is {found.state}{told}: it cannot be {verb} any more.")
    return found


def _become(
    connection: sa.Connection, one: Submission, state: str, reviewer: str, reason: str, now: datetime
) -> Submission:
    if len(reason) > policies.LONGEST_TEXT:
        raise ReviewRefused(f"A reason has {policies.LONGEST_TEXT} characters at most.")
    values = {"state": state, "reviewer": reviewer, "review_reason": reason.strip() or None, "reviewed_at": now}
    connection.execute(sa.update(POLICY_SUBMISSIONS).where(_is(one.submission_number)).values(**values))
    subject, told = f"submission:{one.submission_number}", {"state": state, "reason": reason.strip() or None}
    audit.record(connection, now, reviewer, f"policy.{state}", subject, {"state": one.state}, told)
    return get(connection, one.submission_number)


def _is(number: int) -> sa.ColumnElement[bool]:
    return _COLUMNS.submission_number == number


def _read(row: sa.RowMapping) -> Submission:
    values: dict[str, Any] = {str(name): value for name, value in row.items()}
    return Submission(**{**values, "changes": tuple(PolicyChange(**change) for change in values["changes"])})
