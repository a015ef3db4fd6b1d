"""What an allocation run decided, and the sentence that says why.

Belongs here: the decision, its wording, its table in the shape of `contracts.ALLOCATIONS`.
Does not belong here: how it was found (`greedy`). No sentence holds personal data: a channel's own hold reason, which
is free text, is not repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

import pyarrow as pa

from oms_core.allocation.stated.problem import Expiring, OpenLine, Problem, Unreleased
from oms_core.contracts.decisions import ALLOCATIONS

#: The reason of an end that a run decides itself: for a better plan, or an allowed one. SQL asks for it by this word.
REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Decision:
    """One quantity of one line, decided. `location_id` is None where it waits, what follows it unless `allocated`.

    `cost_minor`: what it adds to the run's cost; `alternative_…`: the cheapest other place and what it would have cost.
    `decision_rank` is the line's position in the run, 1 first; all decisions of a line share it. `release_due_at`: when
    its place is told of it, with a wave; None: at once.
    """

    line: OpenLine
    decision: str
    quantity: int
    reason_code: str
    reason: str
    decision_rank: int
    location_id: str | None = None
    qty_ats_before: int | None = None
    cost_minor: int | None = None
    alternative_location_id: str | None = None
    alternative_cost_minor: int | None = None
    release_due_at: datetime | None = None


#: Why a reservation has ended, by reason code.
_ENDINGS = {
    "short_picked": "{place} could not pick {units} units: they are decided anew.",
    "given_back": "{place} gives {units} units back, as the order desk asked.",
    "cancelled": "{units} units that {place} was to ship are cancelled.",
    "sku_changed": "{place} was to ship {units} units of {sku}, and the channel asks for another SKU now.",
    "place_changed": "{place} was to deliver {units} units, and the channel asks for them from elsewhere now.",
    REPLACED: "{place} may not send {units} units any more, and had not been told of them: they are decided anew.",
    "reservation_expired": "{place} has not shipped {units} units within {days} days: they are decided anew.",
}


def expiry(line: OpenLine, rank: int, reservation: Expiring) -> Iterator[Decision]:
    """That a reservation has ended, and why: of units that its location was told of, and of others, apart.

    Only the others bear when they were to be told, so that what is still to be told can be reckoned.
    """
    if reservation.line is not None:
        line = replace(line, sku=reservation.line.sku)  # what was promised, whatever the line asks for by now
    place, days, untold = reservation.location_id, reservation.reservation_days, reservation.qty_untold
    ending = reservation.ending if days is None else "reservation_expired"
    for units, due_at in ((reservation.quantity - untold, None), (untold, reservation.untold_due_at)):
        if units:
            text = _ENDINGS[ending].format(place=place, units=units, days=days, sku=line.sku)
            yield Decision(line, "expired", units, ending, text, rank, place, release_due_at=due_at)


def endings(problem: Problem) -> list[Decision]:
    """That reservations have ended of lines with nothing to decide; ranked after all others."""
    beside = [(one.line, one) for one in problem.expiring_beside if one.line is not None]
    ranked = enumerate(beside, start=len(problem.lines) + 1)
    return [decision for rank, (line, one) in ranked for decision in expiry(line, rank, one)]


def replacement(line: OpenLine, rank: int, one: Unreleased, units: int, gained: str) -> Decision:
    """That units are no longer promised where they were, as its location had not been told of them yet. `gained`: by
    how much less all of it costs, written."""
    place = one.location_id
    text = f"{place} had not been told of {units} units: decided anew with all that has come, {gained} cheaper in all."
    return Decision(line, "expired", units, REPLACED, text, rank, place, release_due_at=one.release_due_at)


def to_table(decisions: Iterable[Decision], run_id: str, effective_at: datetime, business_date: date) -> pa.Table:
    """The decisions in the columns and types of `contracts.ALLOCATIONS`, in the order in which they were taken."""
    rows = list(decisions)
    lines = [row.line for row in rows]
    values = {
        "run_id": pa.repeat(run_id, len(rows)),
        "effective_at": pa.repeat(pa.scalar(effective_at, ALLOCATIONS["effective_at"].arrow_type), len(rows)),
        "business_date": pa.repeat(pa.scalar(business_date, pa.date32()), len(rows)),
    }
    for name in ALLOCATIONS.names:
        if name not in values:
            source = rows if name in Decision.__slots__ else lines
            values[name] = pa.array([getattr(item, name) for item in source], ALLOCATIONS[name].arrow_type)
    return pa.table([values[name] for name in ALLOCATIONS.names], schema=ALLOCATIONS.arrow_schema)
