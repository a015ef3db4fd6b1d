"""What the rules leave at places, whoever asks for it.

Belongs here: a problem's supply less that. Does not belong here: what is kept for some (`groups`), the rules' reading
(`rules`).
"""

from __future__ import annotations

from dataclasses import replace

from oms_core.allocation.stated.problem import Problem
from oms_core.allocation.stated.rules import Rules
from oms_core.inventory.availability import Segment, protect


def withhold(problem: Problem, rules: Rules) -> Problem:
    """The problem less what the rules leave at places, so that every solver leaves it. What is kept for channels is of
    the rest: where that is less, the least urgent channel has less."""
    stays = {
        at.location_id: rules.narrowest(rules.keep_units, at.location_id, at.kind) or 0 for at in problem.locations
    }
    if not any(stays.values()):
        return problem
    supply = {place: max(quantity - stays.get(place[1], 0), 0) for place, quantity in problem.qty_ats.items()}
    kept = {
        place: protect(supply.get(place, 0), [Segment(name, units=units) for name, units in parts.items()])
        for place, parts in problem.kept.items()
    }
    return replace(problem, qty_ats=supply, kept=kept)
