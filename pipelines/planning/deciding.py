"""The plan that can be decided on, and what is decided of it so far, for the command line.

Belongs here: reading both and finding proposals by what somebody types. Does not belong here: what may be decided
(`oms_core.replenishment.proposing.deciding`), keeping it (`oms_core.store.operations.proposals`), how it is shown
(`cli`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oms_core.replenishment.proposing.deciding import Decision, DecisionRefused, Proposal, state_of
from oms_core.store.held import held_files
from oms_core.store.operations import OperationsStore
from oms_core.store.published.release_facts import read_verdicts
from oms_core.store.published.snapshots import Snapshot
from pipelines.home import Home

PLAN = "select * from fct_replenishment order by value_minor desc, sku, location_id, from_location_id"


@dataclass(frozen=True)
class Planned:
    """A proposal of the current plan, its row of `fct_replenishment`, the decision in force on it, if any, and why no
    rule released it, where one might have."""

    proposal: Proposal
    row: dict[str, Any]
    decision: Decision | None
    kept_because: str | None

    @property
    def state(self) -> str:
        return state_of(self.decision)

    @property
    def waits_for(self) -> str | None:
        """What it waits for, as long as nobody has decided otherwise."""
        return self.row["waits_for"] if self.state == "open" else None


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; None for all."""

    supplier_id: str | None = None
    location_id: str | None = None
    kind: str | None = None
    state: str | None = None

    def fits(self, one: Planned) -> bool:
        found = {
            "supplier_id": one.proposal.supplier_id,
            "location_id": one.proposal.location_id,
            "kind": one.proposal.kind,
            "state": one.state,
        }
        return all(getattr(self, name) in (None, value) for name, value in found.items())


def read_plan(home: Home, store: OperationsStore) -> list[Planned]:
    """The proposals of the published plan, the dearest first. Raises NoSnapshot, DecisionRefused for an old plan."""
    with Snapshot.current(home.published) as snapshot:
        rows = snapshot.query(PLAN).to_pylist()
        verdicts = read_verdicts(snapshot, feeds_held(home))
    kept = {ref: one.why for ref, one in verdicts.items() if not one.is_released}
    decided = {one.proposal.proposal_ref: one for one in store.decisions(rows[0]["run_id"])} if rows else {}
    plan = [(Proposal.of(row), row) for row in rows]
    refs = [proposal.proposal_ref for proposal, _ in plan]
    return [Planned(*both, decided.get(ref), kept.get(ref)) for ref, both in zip(refs, plan, strict=True)]


def feeds_held(home: Home) -> set[str]:
    """Feeds that a file stops."""
    return {held.feed for held in held_files(home.quarantine)}


def find(refs: Sequence[str], beginning: str) -> str:
    """The one of the refs that begins so. Raises DecisionRefused where there is none or more than one."""
    found = [ref for ref in refs if ref.startswith(beginning.lower())]
    if len(found) != 1:
        raise DecisionRefused(f"{'no' if not found else 'more than one'} proposal begins with {beginning!r}")
    return found[0]
