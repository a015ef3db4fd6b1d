"""What a rule releases of the plan that a run has just published, accepted, ordered and on its way.

Belongs here: the order of these steps, each safe to repeat after a crash. Does not belong here: the verdict
(`oms_core.replenishment.proposing.releasing`), making and delivering documents (`pipelines.fulfilment`).

It comes after publication: of a run that its checks stop nothing is ordered, and people read what the verdict was made
of. What is accepted and not ordered when a run dies is ordered by the next one, like what people accept; so is what was
not released, if that proposes it again.
"""

from __future__ import annotations

from oms_core.replenishment.proposing.deciding import Proposal
from oms_core.store.operations import RUNS, open_operations
from oms_core.store.published.release_facts import read_verdicts
from oms_core.store.published.snapshots import Snapshot
from pipelines.fulfilment.delivering import deliver_pending
from pipelines.fulfilment.ordering import enter_accepted
from pipelines.home import Home, wall_clock
from pipelines.planning.deciding import PLAN, feeds_held
from pipelines.ticket import Ticket


def release_proposals(home: Home, ticket: Ticket) -> dict[str, int]:
    """Accept and order what rules release of this run's plan, each proposal once; counts of what came of it."""
    with Snapshot.current(home.published) as snapshot:
        verdicts = read_verdicts(snapshot, feeds_held(home))
        rows = snapshot.query(PLAN).to_pylist() if any(one.is_released for one in verdicts.values()) else []
    released = [
        (Proposal.of(row), verdict.author, verdict.why or "")
        for row in rows
        if row["run_id"] == ticket.run_id and (verdict := verdicts[row["proposal_ref"]]).is_released
    ]
    waiting = len(verdicts) - sum(one.is_released for one in verdicts.values())
    if not released:
        return {"released": 0, "refused": 0, "documents": 0, "waiting": waiting}
    with open_operations(home.database_url, now=wall_clock()) as store:
        outcome = store.release_proposals(released, RUNS, wall_clock())
        documents = enter_accepted(home, store)
        deliver_pending(home, store)
    counts = {"released": len(outcome.decided), "refused": len(outcome.refused)}
    return counts | {"documents": documents, "waiting": waiting}
