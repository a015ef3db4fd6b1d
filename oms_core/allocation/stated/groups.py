"""Groups of customers: what the rules say of them, applied to a problem's lines and supply.

What is kept for a group is of what is kept for no channel; its lines have that in the stead of their channel's part.

Belongs here: priorities and what is kept. Does not belong here: the rules' reading (`rules`), from where a group's
orders may be shipped (`costs`).
"""

from __future__ import annotations

from dataclasses import replace

from oms_core.allocation.stated.problem import OpenLine, Problem
from oms_core.allocation.stated.rules import Rules


def with_groups(problem: Problem, rules: Rules) -> Problem:
    """The problem by what the rules say of groups of customers. To do it twice changes nothing."""
    if not rules.customer_groups:
        return problem
    return replace(
        problem,
        lines=tuple(_of_group(line, rules) for line in problem.lines),
        unreleased=tuple(replace(one, line=_of_group(one.line, rules)) for one in problem.unreleased),
        kept=_kept(problem, rules),
    )


def _of_group(line: OpenLine, rules: Rules) -> OpenLine:
    group = rules.customer_groups.get(line.customer_group or "")
    if group is None:
        return line
    priority = line.priority if group.priority is None else group.priority
    return replace(line, priority=priority, is_kept_by_group=bool(group.keep_units))


def _kept(problem: Problem, rules: Rules) -> dict[tuple[str, str], dict[str, int]]:
    kept = {place: dict(parts) for place, parts in problem.kept.items()}
    kinds = {at.location_id: at.kind for at in problem.locations}
    for (sku, location_id), quantity in problem.qty_ats.items():
        for name, group in sorted(rules.customer_groups.items()):
            wanted = rules.narrowest(group.keep_units, location_id, kinds[location_id]) if location_id in kinds else 0
            if wanted:
                parts, key = kept.setdefault((sku, location_id), {}), f"customer group {name}"
                parts[key] = min(wanted, quantity - (sum(parts.values()) - parts.get(key, 0)))
    return kept
