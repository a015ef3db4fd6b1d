"""A document's segments, read element by element; what is missing or senseless refuses the document.

Belongs here: what every kind of document needs. Does not belong here: what a kind means (`shipping`, `stock`).

A day without an hour is taken at noon, UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oms_core.feeds.rejections import Bad
from oms_core.feeds.values.converters import local_instant, to_integer
from oms_core.feeds.x12.envelope import Interchange, Segment

Row = tuple[str, dict[str, Any]]

#: By which qualifiers a line names our SKU, the likeliest first.
_SKU_QUALIFIERS = ("VN", "VP", "SK", "MG", "UP")
#: Units of measure (X12 355) that are one base unit of ours, as what we send is in: each, piece, unit.
_BASE_UNITS = ("EA", "PC", "UN", "")
_STAMP = local_instant("%Y%m%d%H%M", "UTC")


class DocumentRefused(ValueError):  # noqa: N818 - reads as the sentence it is
    """A document that says too little, or something else than its kind does; the message says what."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who sent it, and the interchange it came in. `partner_id` is a location of ours, too."""

    partner_id: str
    interchange: Interchange
    #: Control number of the document in it.
    control: str = ""

    @property
    def document_ref(self) -> str:
        """The partner's own number of the document, where nothing in it bears one."""
        return f"{self.interchange.control}-{self.control}"


@dataclass(frozen=True, slots=True)
class Traced:
    """Units of one lot, or the one of a serial number; None where the partner names none."""

    units: int
    lot_ref: str | None
    serial_ref: str | None

    @property
    def columns(self) -> dict[str, object]:
        """The columns of a movement that say it."""
        return {"quantity": self.units, "lot_ref": self.lot_ref, "serial_ref": self.serial_ref}


def when(at: datetime) -> dict[str, object]:
    """The columns that say when."""
    return {"effective_at": at, "business_date": at.date()}


def instant(day: str, clock: str) -> datetime:
    """An instant from `20260131` and `2300`, or nothing for noon."""
    stamp = _STAMP(day + (clock[:4] or "1200")) if len(day) == 8 else Bad("not_a_day", "is no day written as 20260131")
    found: datetime = _good(day + clock, stamp)
    return found


def only(segments: Sequence[Segment], name: str) -> Segment:
    """The one segment of that name."""
    found = [segment for segment in segments if segment[0] == name]
    if len(found) != 1:
        raise DocumentRefused(f"it has {len(found) or 'no'} {name}, where one is wanted")
    return found[0]


def loops(segments: Sequence[Segment], opening: str) -> list[list[Segment]]:
    """The loops that a segment of that name opens, each up to the next."""
    found: list[list[Segment]] = []
    for segment in segments:
        if segment[0] == opening:
            found.append([])
        if found:
            found[-1].append(segment)
    return found


def reference(segments: Sequence[Segment], qualifier: str) -> str:
    """A reference of ours that the partner repeats, as N9 or REF."""
    for found in references(segments, qualifier):
        return found
    raise DocumentRefused(f"it does not repeat our reference N9 (or REF) {qualifier}")


def references(segments: Sequence[Segment], qualifier: str) -> list[str]:
    """All that the partner says under a qualifier, as N9 or REF."""
    return [at(one, 2) for one in segments if one[0] in ("N9", "REF") and at(one, 1) == qualifier and at(one, 2)]


def traced(units: int, lot: str, segments: Sequence[Segment], serials: Sequence[str] = ()) -> list[Traced]:
    """Units of a line by lot and serial number: one piece a serial (N9 or REF SE), and one for the rest.

    `lot`, `serials`: what the line itself says; else N9 or REF LT, and SE. Raises DocumentRefused where more serials
    are named than units.
    """
    lots = {lot} - {""} or set(references(segments, "LT"))
    if len(lots) > 1:
        raise DocumentRefused(f"a line is of the lots {', '.join(sorted(lots))}: each wants a line of its own")
    found = list(dict.fromkeys((*serials, *references(segments, "SE"))))
    if len(found) > units:
        raise DocumentRefused(f"{len(found)} serial numbers for {units} units")
    one_lot = next(iter(lots), None)
    rest = [Traced(units - len(found), one_lot, None)] if units > len(found) else []
    return [*(Traced(1, one_lot, serial) for serial in found), *rest]


def sku(pairs: Segment) -> str:
    """The SKU among pairs of qualifier and id."""
    named = dict(zip(pairs[::2], pairs[1::2], strict=False))
    found = [named[qualifier] for qualifier in _SKU_QUALIFIERS if named.get(qualifier)]
    if not found:
        raise DocumentRefused(f"a line names no SKU by any of {', '.join(_SKU_QUALIFIERS)}")
    return found[0]


def quantity(text: str) -> int:
    """A whole number, not below zero; an empty element is none."""
    value: int = _good(text, to_integer(text or "0"))
    if value < 0:
        raise DocumentRefused(f"{text!r} is below zero")
    return value


def base_units(segment: Segment, place: int, unit_at: int) -> int:
    """The quantity at a place, whose unit stands at another; without one it is in ours. Raises DocumentRefused where it
    is in another unit: how many of ours are in a case, only who packed it knows."""
    value, unit = quantity(at(segment, place)), at(segment, unit_at)
    if value and unit not in _BASE_UNITS:
        raise DocumentRefused(f"{segment[0]} has {value} {unit}, and we count in EA (each)")
    return value


def _good(text: str, value: Any) -> Any:
    if isinstance(value, Bad):
        raise DocumentRefused(f"{text!r} {value.reason}")
    return value


def at(segment: Segment, place: int) -> str:
    """An element, empty where the segment is shorter."""
    return segment[place] if len(segment) > place else ""
