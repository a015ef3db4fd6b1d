"""X12's envelope: an interchange (ISA to IEA) of groups (GS to GE) of transactions (ST to SE) of segments.

The envelope names its own delimiters. Counts and control numbers stand at both ends; where they differ, the part is
refused with the code that the standard's acknowledgements have for it, and the rest is read.

Belongs here: bytes to this structure and its errors. Does not belong here: what segments mean, answers (`answers`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

Segment = tuple[str, ...]

_ISA_ELEMENTS = 16
#: The header's length is fixed: the delimiters are read at fixed places.
_ISA_LENGTH, _ELEMENT_AT, _COMPONENT_AT, _TERMINATOR_AT = 106, 3, 104, 105
#: What may stand before it: UTF-8's byte order mark, and white space.
_BEFORE = b"\xef\xbb\xbf \t\r\n"
_NUMBER = re.compile("[0-9]{1,18}")


class NotX12Error(ValueError):
    """The bytes are no X12 at all, or end in the middle; `code` is TA1's note code, None where there is no sender."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Delimiters:
    """What separates elements and components and ends segments."""

    element: str = "*"
    component: str = ">"
    terminator: str = "~"


@dataclass(frozen=True)
class Transaction:
    """A document. `segments` are those between ST and SE; `errors` are codes of AK5 (X12 718) for it."""

    kind: str
    control: str
    segments: tuple[Segment, ...]
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Documents of a kind. `kind` is the functional identifier, such as OW; `errors` are codes of AK9 (X12 716)."""

    kind: str
    sender: str
    receiver: str
    control: str
    version: str
    transactions: tuple[Transaction, ...]
    stated_count: int
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Interchange:
    """One envelope. `errors` are note codes of TA1 (X12 I18); with any, nothing in it may be used."""

    header: Segment
    groups: tuple[Group, ...]
    acknowledgements: tuple[Segment, ...] = ()
    errors: tuple[str, ...] = ()
    delimiters: Delimiters = field(default_factory=Delimiters)

    sender = property(lambda self: (self.header[5].strip(), self.header[6].strip()))
    receiver = property(lambda self: (self.header[7].strip(), self.header[8].strip()))
    control = property(lambda self: self.header[13])

    @property
    def record_count(self) -> int:
        """Answers and documents in it."""
        return len(self.acknowledgements) + sum(len(group.transactions) for group in self.groups)

    @property
    def sent_at(self) -> datetime:
        """Its own date and time, taken as UTC. Raises NotX12Error where they are none."""
        try:
            return datetime.strptime(self.header[9] + self.header[10], "%y%m%d%H%M").replace(tzinfo=UTC)
        except ValueError as error:
            raise NotX12Error(f"interchange {self.control} has no date and time: {error}", "014") from error


def read_interchanges(data: bytes) -> list[Interchange]:
    """Every interchange of a file.

    Raises NotX12Error where it does not begin with ISA, names unusable delimiters, or ends before its last IEA.
    """
    text = from_header(data).decode("latin-1")
    if not text.startswith("ISA"):
        raise NotX12Error("it does not begin with ISA")
    found = []
    while text:
        delimiters = delimiters_of(text)
        segments, text = _take_interchange(text, delimiters)
        found.append(_interchange(segments, delimiters))
        text = text.lstrip(" \t\r\n")
        if text and not text.startswith("ISA"):
            raise NotX12Error("between IEA and the end stands something that is no interchange", "022")
    return found


def from_header(data: bytes) -> bytes:
    """A file's bytes from the first that its header may begin with."""
    return data.lstrip(_BEFORE)


def delimiters_of(text: str) -> Delimiters:
    """The delimiters that a header, the first of the text, names. Raises NotX12Error where it names none."""
    if len(text) < _ISA_LENGTH:
        raise NotX12Error(f"its ISA has {len(text)} characters, not {_ISA_LENGTH}: it is cut short")
    element, component, terminator = text[_ELEMENT_AT], text[_COMPONENT_AT], text[_TERMINATOR_AT]
    if text[:_ISA_LENGTH].count(element) != _ISA_ELEMENTS:
        # Some write a header whose elements are not padded: the sixteenth element's length still tells.
        return _loose_delimiters(text, element)
    if terminator == "\r" and text[_ISA_LENGTH : _ISA_LENGTH + 1] == "\n":
        terminator = "\n"
    if len({element, component, terminator}) < 3 or any(char.isalnum() for char in (element, component, terminator)):
        raise NotX12Error("its ISA names delimiters that cannot be told apart")
    return Delimiters(element, component, terminator)


def _loose_delimiters(text: str, element: str) -> Delimiters:
    parts = text.split(element, _ISA_ELEMENTS)
    if len(parts) <= _ISA_ELEMENTS or len(parts[_ISA_ELEMENTS]) < 2 or element.isalnum():
        raise NotX12Error("its ISA has not sixteen elements")
    component, terminator = parts[_ISA_ELEMENTS][0], parts[_ISA_ELEMENTS][1]
    if terminator == "\r" and parts[_ISA_ELEMENTS][2:3] == "\n":
        terminator = "\n"
    return Delimiters(element, component, terminator)


def _take_interchange(text: str, delimiters: Delimiters) -> tuple[list[Segment], str]:
    """The segments up to IEA, and what comes after it."""
    segments: list[Segment] = []
    while text.strip():
        raw, terminator, text = text.partition(delimiters.terminator)
        raw = raw.strip("\r\n")
        if not raw:
            continue
        segment = tuple(raw.split(delimiters.element))
        if segments and segment[0] == "ISA":
            break
        segments.append(segment)
        # A last segment without its terminator may be cut short: only IEA's own control number can tell.
        if segment[0] == "IEA" and (terminator or len(segment) > 2):
            return segments, text
    raise NotX12Error(
        f"interchange {segments[0][13] if len(segments[0]) > 13 else '?'} has no IEA: it is cut short", "023"
    )


def _interchange(segments: list[Segment], delimiters: Delimiters) -> Interchange:
    header, trailer, body = segments[0], segments[-1], segments[1:-1]
    if len(header) != _ISA_ELEMENTS + 1:
        raise NotX12Error("its ISA has not sixteen elements: it holds its own terminator")
    acknowledgements = tuple(segment for segment in body if segment[0] == "TA1")
    groups = tuple(_groups([segment for segment in body if segment[0] != "TA1"]))
    errors = []
    if not _same(_element(trailer, 2), header[13]):
        errors.append("001")
    # An envelope of acknowledgements alone counts no group, or itself.
    counts = {len(groups)} if groups else {0, min(len(acknowledgements), 1)}
    if number(_element(trailer, 1)) not in counts:
        errors.append("021")
    return Interchange(header, groups, acknowledgements, tuple(errors), delimiters)


def _groups(body: Sequence[Segment]) -> Iterator[Group]:
    for part in _parts(body, "GS"):
        header, trailer = part[0], part[-1]
        if header[0] != "GS":
            raise NotX12Error(f"{header[0]} stands where a group should begin", "022")
        has_end = trailer[0] == "GE"
        transactions = tuple(_transactions(part[1 : -1 if has_end else None]))
        errors = []
        if not has_end:
            errors.append("3")
        elif not _same(_element(trailer, 2), _element(header, 6)):
            errors.append("4")
        stated = number(_element(trailer, 1)) if has_end else None
        if has_end and stated != len(transactions):
            errors.append("5")
        kind, sender, receiver, control, version = (_element(header, place) for place in (1, 2, 3, 6, 8))
        yield Group(kind, sender, receiver, control, version, transactions, stated or 0, tuple(errors))


def _transactions(body: Sequence[Segment]) -> Iterator[Transaction]:
    for part in _parts(body, "ST"):
        header, trailer = part[0], part[-1]
        has_end = trailer[0] == "SE"
        errors = []
        if not has_end:
            errors.append("2")
        else:
            if not _same(_element(trailer, 2), _element(header, 2)):
                errors.append("3")
            if number(_element(trailer, 1)) != len(part):
                errors.append("4")
        if header[0] != "ST":
            raise NotX12Error(f"{header[0]} stands where a document should begin", "022")
        yield Transaction(
            _element(header, 1), _element(header, 2), tuple(part[1 : -1 if has_end else None]), tuple(errors)
        )


def _parts(body: Sequence[Segment], opening: str) -> Iterator[list[Segment]]:
    """The body cut before every opening segment."""
    part: list[Segment] = []
    for segment in body:
        if segment[0] == opening and part:
            yield part
            part = []
        part.append(segment)
    if part:
        yield part


def _element(segment: Segment, place: int) -> str:
    return segment[place] if len(segment) > place else ""


def _same(one: str, other: str) -> bool:
    """Whether control numbers are the same; some leave out the leading zeros of one."""
    return one == other or None is not number(one) == number(other)


def number(text: str) -> int | None:
    """A number in the digits 0 to 9; None where it is none. Latin-1 has other digits, of which `int` knows nothing."""
    return int(text) if _NUMBER.fullmatch(text) else None
