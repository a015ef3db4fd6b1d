"""What sets of rules would decide, beside each other; nothing is landed.

Belongs here: trying, and a trial in figures. Does not belong here: deciding for good (`allocating`), how trials look
(`cli.allocating`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from oms_core.allocation.outcome import Outcome, outcome
from oms_core.allocation.sourcing import Allocation, allocate, cost_of
from oms_core.allocation.stated.rules import Rules
from pipelines.fulfilment.allocating import rounded, seconds_left, terms_for
from pipelines.fulfilment.ground import Ground


@dataclass(frozen=True)
class Trial:
    """What one set of rules would decide, and what that comes to. `home_cost_minor`: what it costs by the home's own
    rules; None where these rule a part of it out.
    """

    name: str
    rules: Rules
    as_of: datetime
    found: Allocation
    outcome: Outcome
    home_cost_minor: float | None

    @property
    def figures(self) -> dict[str, object]:
        """The trial in figures, by name; costs in minor units of the rules' currency."""
        decisions = self.found.decisions
        parcels: dict[tuple[str, str], set[str]] = {}
        for one in decisions:
            if one.decision == "allocated" and one.location_id is not None:
                parcels.setdefault((one.line.channel_id, one.line.order_ref), set()).add(one.location_id)
        return {
            "rules": self.name,
            "solver": self.rules.solver,
            "lines_allocated": len({d.line.order_line_id for d in decisions if d.decision == "allocated"}),
            "lines_waiting": len({d.line.order_line_id for d in decisions if d.decision == "backordered"}),
            "units_allocated": sum(d.quantity for d in decisions if d.decision == "allocated"),
            "units_for_a_wave": sum(
                d.quantity
                for d in decisions
                if d.decision == "allocated" and d.release_due_at and d.release_due_at > self.as_of
            ),
            "units_waiting": sum(d.quantity for d in decisions if d.decision == "backordered"),
            "orders_shipped": len(parcels),
            "orders_split": sum(len(places) > 1 for places in parcels.values()),
            "parcels": self.found.parcels,
            "lines_late": self.outcome.lines_late,
            "days_late": self.outcome.days_late,
            "lines_held": len({d.line.order_line_id for d in decisions if d.decision == "held"}),
            "lines_decided_anew": self.found.reopened,
            "lines_moved": self.found.moved,
            "cost_minor": rounded(self.found.cost_minor),
            "cost_if_none_moved_minor": rounded(self.found.kept_minor),
            "cost_by_home_rules_minor": rounded(self.home_cost_minor),
            "gap": None if self.found.gap is None else round(self.found.gap, 6),
            "greedy_cost_minor": rounded(self.found.greedy_minor),
        }


def try_rules(ground: Ground, own: Rules, sets: Mapping[str, Rules], progress: Callable[[str], None]) -> list[Trial]:
    """What each set of rules would decide on that ground; nothing is landed.

    `own`: the rules of the home, by which the plans are costed besides.
    """
    problem, as_of = ground.problem, ground.as_of
    progress("weighing what orders to come will want")
    of_home = terms_for(ground, own)
    trials = []
    for number, (name, rules) in enumerate(sets.items(), start=1):
        progress(f"deciding {len(problem.lines):,} lines by {name} ({number} of {len(sets)})")
        terms = of_home if rules == own else terms_for(ground, rules)
        found = allocate(problem, terms, seconds_left(rules.seconds))
        cost = cost_of(problem, of_home, found.decisions)
        trials.append(Trial(name, rules, as_of, found, outcome(problem, terms, found.decisions), cost))
    return trials
