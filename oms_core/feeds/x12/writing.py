"""Writing X12: segments into transactions, groups and an interchange, with their counts and control numbers.

Belongs here: the envelope's form. Does not belong here: what is in it (`fulfilment.warehouse_order_x12`, `answers`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from oms_core.feeds.x12.envelope import Delimiters, Segment

_DELIMITERS = Delimiters()
_HIGHEST_CONTROL = 999_999_999
#: What separates repetitions from 005010 on (ISA11); before, that place names the standard's keeper.
_REPETITION, _KEEPER = "^", "U"


@dataclass(frozen=True, slots=True)
class Parties:
    """Who sends to whom: qualifier and id in the interchange's header, and the code in the groups'."""

    sender: tuple[str, str]
    receiver: tuple[str, str]
    is_test: bool = False

    def __post_init__(self) -> None:
        for qualifier, name in (self.sender, self.receiver):
            if len(qualifier) != 2 or not 1 <= len(name) <= 15:
                raise ValueError(
                    f"{qualifier!r} {name!r} is no X12 party: a qualifier of 2 and an id of up to 15 characters"
                )


def text(value: str, longest: int) -> str:
    """A value that may stand in an element: without delimiters and control characters, cut at its longest."""
    bad = {_DELIMITERS.element, _DELIMITERS.component, _DELIMITERS.terminator, _REPETITION}
    return "".join(" " if char in bad or not char.isprintable() else char for char in value)[:longest].strip()


def identifier(value: str, longest: int) -> str:
    """A value that must arrive as it is. Raises ValueError where an element cannot hold it."""
    if not value or text(value, longest) != value or not value.isascii():
        raise ValueError(f"{value!r} cannot stand in an X12 element of {longest} characters")
    return value


def write_interchange(
    parties: Parties,
    version: str,
    control: int,
    at: datetime,
    kind: str,
    documents: Sequence[tuple[str, list[Segment]]],
) -> bytes:
    """One interchange of one group: `documents` as (transaction set, segments between ST and SE).

    `control`: number of the interchange and of its group. `version`: 004010 or 005010. Raises ValueError where they
    are none.
    """
    if not 1 <= control <= _HIGHEST_CONTROL:
        raise ValueError(f"control number {control} is not between 1 and {_HIGHEST_CONTROL}")
    if version not in ("004010", "005010"):
        raise ValueError(f"X12 version {version} is neither 004010 nor 005010")
    utc = at.astimezone(UTC)
    body: list[Segment] = [
        ("GS", kind, parties.sender[1], parties.receiver[1], f"{utc:%Y%m%d}", f"{utc:%H%M}", str(control), "X", version)
    ]
    for number, (transaction, segments) in enumerate(documents, start=1):
        place = f"{number:04d}"
        body += [("ST", transaction, place), *segments, ("SE", str(len(segments) + 2), place)]
    body += [("GE", str(len(documents)), str(control)), ("IEA", "1", f"{control:09d}")]
    return _bytes([_header(parties, version, control, utc), *body])


def write_interchange_answer(parties: Parties, version: str, control: int, at: datetime, answer: Segment) -> bytes:
    """An interchange that holds a TA1 alone."""
    utc = at.astimezone(UTC)
    return _bytes([_header(parties, version, control, utc), answer, ("IEA", "0", f"{control:09d}")])


def _header(parties: Parties, version: str, control: int, utc: datetime) -> Segment:
    sender, receiver = ((qualifier, name.ljust(15)) for qualifier, name in (parties.sender, parties.receiver))
    repetition = _KEEPER if version == "004010" else _REPETITION
    usage = "T" if parties.is_test else "P"
    return (
        *("ISA", "00", " " * 10, "00", " " * 10, *sender, *receiver, f"{utc:%y%m%d}", f"{utc:%H%M}", repetition),
        *(version[:5], f"{control:09d}", "0", usage, _DELIMITERS.component),
    )


def _bytes(segments: Sequence[Segment]) -> bytes:
    lines = (_DELIMITERS.element.join(_trimmed(segment)) + _DELIMITERS.terminator for segment in segments)
    return ("\n".join(lines) + "\n").encode("ascii", errors="replace")


def _trimmed(segment: Segment) -> Segment:
    """Without the empty elements at its end, which X12 leaves out."""
    end = len(segment)
    while end > 1 and segment[end - 1] == "":
        end -= 1
    return segment[:end]
