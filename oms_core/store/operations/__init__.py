"""The operations store: what people and the system decide outside the warehouse, on SQLite or PostgreSQL.

Belongs here: the one object through which it is used; each method is one transaction. What the tables mean is in
`policies`, `outbox`, `proposals`, `runs`, `audit`; how they are reached in `engine`. Time is always an argument.
Does not belong here: rules of the domain, reading the environment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from types import TracebackType

import sqlalchemy as sa

from oms_core.fulfilment.documents import Document
from oms_core.replenishment.deciding import Decision, DecisionRefused, Proposal
from oms_core.store.operations import audit, outbox, policies, proposals, runs, scenarios
from oms_core.store.operations.audit import AuditEntry, State
from oms_core.store.operations.engine import StoreUnavailableError, connect, reading, writing
from oms_core.store.operations.outbox import ExportConflict, OutboxEntry, OutboxRefusal
from oms_core.store.operations.policies import InvalidPolicyError, Policy, PolicyChange, StalePolicy, changed_rules
from oms_core.store.operations.proposals import Build, Outcome
from oms_core.store.operations.runs import Run
from oms_core.store.operations.scenarios import Replay, Scenario, StaleScenario

__all__ = [
    "AuditEntry",
    "Decision",
    "DecisionRefused",
    "ExportConflict",
    "InvalidPolicyError",
    "OperationsStore",
    "OutboxEntry",
    "OutboxRefusal",
    "Outcome",
    "Policy",
    "PolicyChange",
    "Proposal",
    "Replay",
    "Run",
    "Scenario",
    "StalePolicy",
    "StaleScenario",
    "State",
    "StoreUnavailableError",
    "changed_rules",
    "open_operations",
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

    def current_policy(self) -> Policy:
        """The latest version: the one in force."""
        with reading(self._engine) as connection:
            return policies.load(connection)

    def policy_version(self, version: int) -> Policy:
        """One version. Raises KeyError where it does not exist."""
        with reading(self._engine) as connection:
            return policies.load(connection, version)

    def policy_history(self) -> list[Policy]:
        """All versions, the latest first."""
        with reading(self._engine) as connection:
            return policies.history(connection)

    def save_policy(
        self, changes: Iterable[PolicyChange], author: str, reason: str, now: datetime, base_version: int
    ) -> Policy:
        """Save a new whole version on top of `base_version`, and audit it.

        Raises StalePolicy where somebody saved in between, InvalidPolicyError for senseless changes.
        """
        with writing(self._engine) as connection:
            return policies.save(connection, changes, author, reason, now, base_version)

    def scenarios(self) -> list[Scenario]:
        """The named sets of changes that are kept, by name."""
        with reading(self._engine) as connection:
            return scenarios.all_kept(connection)

    def keep_scenario(
        self,
        name: str,
        changes: Iterable[PolicyChange],
        author: str,
        now: datetime,
        base_version: int,
        revision: int | None = None,
    ) -> Scenario:
        """Keep changes under a new name, or in place of the `revision` that was seen.

        Raises StaleScenario where somebody else kept or withdrew it, InvalidPolicyError for senseless changes.
        """
        with writing(self._engine) as connection:
            return scenarios.keep(connection, name, changes, author, now, base_version, revision)

    def withdraw_scenario(self, scenario: Scenario, author: str, now: datetime) -> None:
        """Take a scenario off the list. Raises StaleScenario where it is not what was seen."""
        with writing(self._engine) as connection:
            scenarios.withdraw(connection, scenario, author, now)

    def note_replay(self, replay: Replay) -> None:
        """Keep what a replay under a scenario gave, in place of an earlier one of the same revision."""
        with writing(self._engine) as connection:
            scenarios.note_replay(connection, replay)

    def replay(self, scenario: Scenario) -> Replay | None:
        """What the last replay under this revision of a scenario gave."""
        with reading(self._engine) as connection:
            return scenarios.replay_of(connection, scenario)

    def enqueue(self, documents: Sequence[Document], now: datetime, run_id: str) -> list[str]:
        """Enter documents into the outbox, all or none; ids of those that were not there. Repeating it changes nothing.

        Raises ExportConflict where another document has the same business key and revision.
        """
        with writing(self._engine) as connection:
            return outbox.enqueue(connection, documents, now, run_id)

    def pending(self) -> list[OutboxEntry]:
        """Documents that are `new`, the oldest first."""
        with reading(self._engine) as connection:
            return outbox.entries(connection, "new", oldest_first=True)

    def exports(self, state: str | None = None) -> list[OutboxEntry]:
        """Documents in one state, or in any, the latest first."""
        with reading(self._engine) as connection:
            return outbox.entries(connection, state, oldest_first=False)

    def act(self, export_id: str, action: str, now: datetime, actor: str = "oms run", reason: str = "") -> bool:
        """Do one of `outbox.ACTIONS` to a document: begin, send, acknowledge, reject, hold, release, retry, void.

        False where it is done already. Raises KeyError for an unknown id, OutboxRefusal where its state forbids it.
        """
        with writing(self._engine) as connection:
            return outbox.act(connection, export_id, action, now, actor, reason)

    def note_problem(self, export_ids: Sequence[str], problem: str) -> None:
        """Note why documents could not be delivered."""
        with writing(self._engine) as connection:
            outbox.note_problem(connection, export_ids, problem)

    def export(self, beginning: str) -> OutboxEntry:
        """The one document whose id begins so. Raises KeyError where there is none or more than one."""
        with reading(self._engine) as connection:
            return outbox.find(connection, beginning)

    def accept_proposals(
        self, chosen: Iterable[tuple[Proposal, int]], author: str, reason: str, now: datetime
    ) -> Outcome:
        """Accept proposals, each with a quantity; what cannot be accepted is told and stops nothing else.

        Raises DecisionRefused where nobody decides.
        """
        with writing(self._engine) as connection:
            return proposals.accept(connection, chosen, author, reason, now)

    def reject_proposals(self, chosen: Iterable[Proposal], author: str, reason: str, now: datetime) -> Outcome:
        """Reject proposals. Raises DecisionRefused where nobody decides, or without a reason."""
        with writing(self._engine) as connection:
            return proposals.reject(connection, chosen, author, reason, now)

    def undo_decisions(self, refs: Iterable[str], author: str, reason: str, now: datetime) -> Outcome:
        """Take back what is decided of proposals, unless a document orders it already."""
        with writing(self._engine) as connection:
            return proposals.undo(connection, refs, author, reason, now)

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

    def record_run(self, run: Run) -> None:
        """Enter a run, or replace what is known of it."""
        with writing(self._engine) as connection:
            runs.record(connection, run)

    def runs(self, limit: int = 20) -> list[Run]:
        """The latest started runs first."""
        with reading(self._engine) as connection:
            return runs.latest(connection, limit)

    def note(self, action: str, subject: str, now: datetime, after: State, actor: str = "oms run") -> None:
        """Enter an act that changes nothing in the store into the audit trail."""
        with writing(self._engine) as connection:
            audit.record(connection, now, actor, action, subject, None, after)

    def acts(self, action: str) -> list[AuditEntry]:
        """Every entry of an action in the audit trail, the earliest first."""
        with reading(self._engine) as connection:
            return audit.of_action(connection, action)

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
