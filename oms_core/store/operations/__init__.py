"""The operations store: what people and the system decide outside the warehouse, on SQLite or PostgreSQL.

Belongs here: the one object through which it is used; each method is one transaction. Time is always an argument, and
so is who acts, wherever a person does: without a role for it nothing is written (`actors`).
Does not belong here: rules of the domain, reading the environment.

What the tables (`schema`, reached by `engine`) mean:

- the policy: `policies`, changes on their way in `submissions`, `drafts`, `scenarios`; decisions on `proposals`;
- documents: the `outbox`, its lists (`outbox_lists`); partners that were `unreached`;
- the order `desk`, and its book, `line_commands`;
- `people`: `users`, `passwords`, `sessions`, `devices`;
- what happened: `runs`, and the `audit` trail.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from types import TracebackType

import sqlalchemy as sa

from oms_core.fulfilment.documents import Document
from oms_core.fulfilment.partners import Partners
from oms_core.orders.desk import CommandRefused
from oms_core.replenishment.proposing.deciding import Decision, DecisionRefused, Proposal
from oms_core.store.operations import audit, drafts, outbox, policies, proposals, runs, submissions
from oms_core.store.operations.actors import RUNS, Actor, NotAllowed, at_the_machine, require, system
from oms_core.store.operations.audit import Asked, AuditEntry, State, Trail
from oms_core.store.operations.desk import Desk
from oms_core.store.operations.engine import StoreUnavailableError, connect, reading, writing
from oms_core.store.operations.line_commands import DeskOutcome
from oms_core.store.operations.outbox import ExportConflict, OutboxEntry, OutboxKey, OutboxRefusal
from oms_core.store.operations.outbox_lists import Documents
from oms_core.store.operations.passwords import WeakPassword
from oms_core.store.operations.people import People, SignedIn
from oms_core.store.operations.policies import InvalidPolicyError, Policy, PolicyChange, StalePolicy, changed_rules
from oms_core.store.operations.proposals import Build, Outcome
from oms_core.store.operations.runs import Run
from oms_core.store.operations.scenarios import Replay, Scenario, Scenarios, StaleScenario
from oms_core.store.operations.sessions import BY_PASSWORD, BY_PROVIDER, SessionEnded, SignInRefused
from oms_core.store.operations.submissions import ReviewRefused, Submission
from oms_core.store.operations.users import User, UserRefused

__all__ = [
    "BY_PASSWORD",
    "BY_PROVIDER",
    "RUNS",
    "Actor",
    "Asked",
    "AuditEntry",
    "CommandRefused",
    "Decision",
    "DecisionRefused",
    "DeskOutcome",
    "ExportConflict",
    "InvalidPolicyError",
    "NotAllowed",
    "OperationsStore",
    "OutboxEntry",
    "OutboxRefusal",
    "Outcome",
    "People",
    "Policy",
    "PolicyChange",
    "Proposal",
    "Replay",
    "ReviewRefused",
    "Run",
    "Scenario",
    "SessionEnded",
    "SignInRefused",
    "SignedIn",
    "StalePolicy",
    "StaleScenario",
    "State",
    "StoreUnavailableError",
    "Submission",
    "User",
    "UserRefused",
    "WeakPassword",
    "at_the_machine",
    "changed_rules",
    "open_operations",
    "system",
]


def open_operations(url: str, now: datetime) -> OperationsStore:
    """The store at `url`, made or migrated as needed; a new one gets policy version 1, dated `now`.

    `url`: `sqlite:///path` or `postgresql+psycopg://…`. Raises StoreUnavailableError. Use it as a context manager, or
    close it.
    """
    engine = connect(url)
    with reading(engine) as connection:
        is_new = not policies.has_any(connection)
    if is_new:
        with writing(engine) as connection:
            policies.ensure_first(connection, now)
    return OperationsStore(engine)


class OperationsStore:
    """One open operations store. Safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        #: Documents of the outbox, found among many.
        self.documents = Documents(engine)
        #: Users and their sessions.
        self.people = People(engine)
        #: Commands of the order desk.
        self.desk = Desk(engine)
        #: Named sets of changes of policy.
        self.scenarios = Scenarios(engine)
        #: Who did what.
        self.trail = Trail(engine)

    def current_policy(self) -> Policy:
        """The latest version: the one in force now."""
        with reading(self._engine) as connection:
            return policies.load(connection)

    def policy_in_force(self, day: date) -> Policy:
        """The version that a run of a business day takes: the latest, unless that was asked for from a later day on."""
        with reading(self._engine) as connection:
            return submissions.in_force(connection, day)

    def policy_version(self, version: int) -> Policy:
        """One version. Raises KeyError where it does not exist."""
        with reading(self._engine) as connection:
            return policies.load(connection, version)

    def policy_history(self) -> list[Policy]:
        """All versions, the latest first."""
        with reading(self._engine) as connection:
            return policies.history(connection)

    def save_policy(
        self, changes: Iterable[PolicyChange], actor: Actor, reason: str, now: datetime, base_version: int
    ) -> Policy:
        """Save a new whole version on top of `base_version`, in force from the next run on, and audit it.

        Raises StalePolicy where somebody saved in between, InvalidPolicyError for senseless changes, NotAllowed,
        ReviewRefused where changes are reviewed.
        """
        with writing(self._engine) as connection:
            require(connection, actor, "policy.submit")
            if submissions.is_reviewed(connection):
                raise ReviewRefused("Changes of the policy are reviewed here: submit it.")
            return policies.save(connection, changes, actor.name, reason, now, base_version)

    def is_policy_reviewed(self) -> bool:
        """Whether a second person has to approve a change of the policy."""
        with reading(self._engine) as connection:
            return submissions.is_reviewed(connection)

    def policy_review(self) -> bool | None:
        """What was said of that; None: where there are users."""
        with reading(self._engine) as connection:
            return submissions.review_said(connection)

    def set_policy_review(self, is_required: bool | None, actor: Actor, now: datetime) -> None:
        """Require review of changes of the policy, or not, or (None) where there are users. Raises NotAllowed."""
        with writing(self._engine) as connection:
            require(connection, actor, "settings.change")
            submissions.set_review(connection, is_required, actor.name, now)

    def submit_policy(
        self,
        changes: Iterable[PolicyChange],
        actor: Actor,
        reason: str,
        now: datetime,
        base_version: int,
        applies_from: date | None = None,
    ) -> Submission:
        """Submit a change for review, to be in force from a business day, or (None) from the next run on.

        Raises StalePolicy where somebody saved in between, InvalidPolicyError for senseless changes, NotAllowed.
        """
        with writing(self._engine) as connection:
            require(connection, actor, "policy.submit")
            return submissions.submit(connection, changes, actor.name, reason, now, base_version, applies_from)

    def approve_policy(self, number: int, actor: Actor, reason: str, now: datetime, base_version: int) -> Submission:
        """Approve a submitted change on top of `base_version`, the policy against which it was seen; never one's own.

        Raises StalePolicy where another is in force by now, ReviewRefused, NotAllowed.
        """
        with writing(self._engine) as connection:
            require(connection, actor, "policy.review")
            return submissions.approve(connection, number, actor.name, reason, now, base_version)

    def reject_policy(self, number: int, actor: Actor, reason: str, now: datetime) -> Submission:
        """Reject a submitted change that is not in force yet. Raises ReviewRefused, NotAllowed."""
        with writing(self._engine) as connection:
            require(connection, actor, "policy.review")
            return submissions.reject(connection, number, actor.name, reason, now)

    def withdraw_policy(self, number: int, actor: Actor, reason: str, now: datetime) -> Submission:
        """Withdraw one's own change that is not in force yet. Raises ReviewRefused, NotAllowed."""
        with writing(self._engine) as connection:
            require(connection, actor, "policy.submit")
            return submissions.withdraw(connection, number, actor.name, reason, now)

    def apply_due_policies(self, day: date, now: datetime) -> list[Submission]:
        """Bring into force what is approved and due by a run's business day."""
        with writing(self._engine) as connection:
            return submissions.apply_due(connection, day, now)

    def policy_submissions(self, states: Iterable[str], limit: int | None = None) -> list[Submission]:
        """Changes of the policy in these states, the latest first."""
        with reading(self._engine) as connection:
            return submissions.find(connection, states, limit)

    def draft(self, author: str) -> drafts.KeptDraft | None:
        """What somebody is about to change of the policy."""
        with reading(self._engine) as connection:
            return drafts.find(connection, author)

    def draft_kept_at(self, author: str) -> datetime | None:
        """When that was last kept: whether what somebody has read of it is still so."""
        with reading(self._engine) as connection:
            return drafts.kept_at(connection, author)

    def keep_draft(self, base_version: int, changes: Sequence[PolicyChange], actor: Actor, now: datetime) -> None:
        """Keep what the actor is about to change, in place of what it was; nothing empties it. Raises NotAllowed."""
        with writing(self._engine) as connection:
            require(connection, actor, "policy.submit")
            drafts.keep(connection, actor.name, base_version, changes, now)

    def enqueue(self, documents: Sequence[Document], now: datetime, run_id: str) -> list[str]:
        """Enter documents into the outbox, all or none; ids of those that were not there. Repeating it changes nothing.

        Raises ExportConflict where another document has the same business key and revision.
        """
        with writing(self._engine) as connection:
            return outbox.enqueue(connection, documents, now, run_id)

    def exports(self, state: str | None = None) -> list[OutboxEntry]:
        """Documents in one state, or in any; the latest first."""
        with reading(self._engine) as connection:
            return outbox.entries(connection, state)

    def export_keys(self, types: Collection[str] = (), states: Collection[str] = (), wave: str = "") -> list[OutboxKey]:
        """Keys of documents of these types, in these states (empty: all), whose wave begins so; the oldest first."""
        with reading(self._engine) as connection:
            return outbox.keys(connection, types, states, wave)

    def stuck(self, partners: Partners, now: datetime) -> list[OutboxEntry]:
        """Documents that wait for somebody: held, rejected, of unknown fate, undelivered, or without the answer that
        their partner owes; the oldest first."""
        with reading(self._engine) as connection:
            return outbox.stuck(connection, partners, now)

    def leave_out_control_numbers(self, copy: str, now: datetime) -> None:
        """Take NUMBERS_LEFT_OUT X12 control numbers as given by the home of which this store is a copy; once a copy."""
        with writing(self._engine) as connection:
            outbox.leave_out_control_numbers(connection, copy, now)

    def act(self, export_id: str, action: str, now: datetime, actor: Actor, reason: str = "") -> bool:
        """Do one of `outbox.ACTIONS` to a document.

        False where it is done already. Raises KeyError for an unknown id, OutboxRefusal where its state forbids it,
        NotAllowed.
        """
        with writing(self._engine) as connection:
            require(connection, actor, "exports.act" if action in outbox.BY_PERSONS else "exports.deliver")
            return outbox.act(connection, export_id, action, now, actor.name, reason)

    def note_problem(self, export_ids: Sequence[str], problem: str) -> None:
        """Note why documents could not be delivered."""
        with writing(self._engine) as connection:
            outbox.note_problem(connection, export_ids, problem)

    def export(self, beginning: str) -> OutboxEntry:
        """The one document whose id begins so. Raises KeyError where there is none or more than one."""
        with reading(self._engine) as connection:
            return outbox.find(connection, beginning)

    def accept_proposals(
        self, chosen: Iterable[tuple[Proposal, int]], actor: Actor, reason: str, now: datetime
    ) -> Outcome:
        """Accept proposals, each with a quantity; what cannot be accepted is told and stops nothing else.

        Raises DecisionRefused where nobody decides, NotAllowed.
        """
        with writing(self._engine) as connection:
            require(connection, actor, "proposals.decide")
            return proposals.accept(connection, chosen, actor.name, reason, now)

    def release_proposals(self, chosen: Iterable[proposals.Release], actor: Actor, now: datetime) -> Outcome:
        """Accept what a rule releases of proposals that nobody has decided about yet. Raises NotAllowed."""
        with writing(self._engine) as connection:
            require(connection, actor, "proposals.release")
            return proposals.release(connection, chosen, now)

    def reject_proposals(self, chosen: Iterable[Proposal], actor: Actor, reason: str, now: datetime) -> Outcome:
        """Reject proposals. Raises DecisionRefused where nobody decides, or without a reason, NotAllowed."""
        with writing(self._engine) as connection:
            require(connection, actor, "proposals.decide")
            return proposals.reject(connection, chosen, actor.name, reason, now)

    def undo_decisions(self, refs: Iterable[str], actor: Actor, reason: str, now: datetime) -> Outcome:
        """Take back what is decided of proposals, unless a document orders it already. Raises NotAllowed."""
        with writing(self._engine) as connection:
            require(connection, actor, "proposals.decide")
            return proposals.undo(connection, refs, actor.name, reason, now)

    def decisions(self, run_id: str | None = None, limit: int = 1000) -> list[Decision]:
        """The last decision on each proposal of a run, or the latest of any run; the latest first."""
        with reading(self._engine) as connection:
            return proposals.latest(connection, limit) if run_id is None else proposals.of_run(connection, run_id)

    def order_accepted(self, build: Build, now: datetime, run_id: str) -> list[str]:
        """Enter the documents that `build` makes of all acceptances without one, in one transaction; their ids."""
        with writing(self._engine) as connection:
            return proposals.order(connection, build, now, run_id)

    def accepted_proposals(self) -> tuple[list[tuple[int, str | None]], int]:
        """Number and document of every acceptance in force, and the number of the last decision of all."""
        with reading(self._engine) as connection:
            return proposals.accepted(connection)

    def acceptance_fingerprint(self) -> tuple[int, int, int]:
        """Three numbers that change whenever what a run must count as ordered does."""
        with reading(self._engine) as connection:
            return proposals.fingerprint(connection)

    def export_states(self, export_ids: Iterable[str]) -> dict[str, str]:
        """States of documents, by their ids."""
        with reading(self._engine) as connection:
            return outbox.states_of(connection, export_ids)

    def replace_export(self, export_id: str, document: Document | None, now: datetime, reason: str) -> bool:
        """Void a document that was not sent and enter another in its stead, or none, in the same state.

        False, and nothing changes, where it is not `new` or `held` any more.
        """
        with writing(self._engine) as connection:
            return outbox.replace(connection, export_id, document, now, reason)

    def begin_run(self, process_id: str, started_at: datetime) -> None:
        """Enter a run that begins, under the id of its process; one before it that has no end died."""
        with writing(self._engine) as connection:
            runs.begin(connection, process_id, started_at)

    def end_run(self, process_id: str, run: Run | None) -> None:
        """Enter what a run that had begun came to; None: nothing that is to be on record."""
        with writing(self._engine) as connection:
            runs.end(connection, process_id, run)

    def record_run(self, run: Run) -> None:
        """Enter a run, or replace what is known of it."""
        with writing(self._engine) as connection:
            runs.record(connection, run)

    def runs(self, limit: int = 20) -> list[Run]:
        """The latest started runs first."""
        with reading(self._engine) as connection:
            return runs.latest(connection, limit)

    def audit_trail(self, subject: str | None = None, limit: int = 100) -> list[AuditEntry]:
        """The latest audit entries first, of one subject (`policy:3`, `export:<id>`) or of all."""
        with reading(self._engine) as connection:
            return audit.trail(connection, subject, limit)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def __enter__(self) -> OperationsStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
