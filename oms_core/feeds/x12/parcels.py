"""Who carries what a partner ships, and under which number: 945 and 856.

Belongs here: reading it from where it stands nearest to a line: the line itself, its package, its order, the document.
Does not belong here: the lines (`shipping`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oms_core.feeds.x12.elements import at, references
from oms_core.feeds.x12.envelope import Segment

#: Marks that a carrier puts on a package (MAN01), and references that are his numbers (N9, REF): tracking number, PRO.
_MARK, _NUMBERS = "CP", ("2I", "CN")


def parcel(levels: Sequence[Sequence[Segment]]) -> dict[str, object]:
    """The columns of a movement that say it. `levels`: segments, the nearest to the line first."""
    tracking = (" ".join(dict.fromkeys(_numbers(level))) for level in levels)
    carriers = (carrier for level in levels for carrier in _carriers(level))
    return {"carrier": next(carriers, None), "tracking_ref": next(filter(None, tracking), None)}


def _numbers(level: Sequence[Segment]) -> Iterator[str]:
    for one in level:
        if one[0] == "MAN":
            yield from (at(one, place + 1) for place in (1, 4) if at(one, place) == _MARK and at(one, place + 1))
    for qualifier in _NUMBERS:
        yield from references(level, qualifier)


def _carriers(level: Sequence[Segment]) -> Iterator[str]:
    """By W27 (945) or TD5 (856): his code (SCAC), else his name."""
    for one in level:
        code, name = {"W27": (2, 3), "TD5": (3, 5)}.get(one[0], (0, 0))
        if code and (at(one, code) or at(one, name)):
            yield at(one, code) or at(one, name)
