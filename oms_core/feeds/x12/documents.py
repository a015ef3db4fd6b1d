"""What partners' X12 documents mean: 997 an answer, 945 a shipment and what it fell short of, 846 a count.

Belongs here: a transaction's segments to rows of landed contracts. Does not belong here: envelopes (`envelope`), the
answers' codes (`answers`), checks of values (`feeds.emission`).

A day without an hour is taken at noon, UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oms_core.feeds.converters import local_instant, to_integer
from oms_core.feeds.rejections import Bad
from oms_core.feeds.x12.answers import Answer
from oms_core.feeds.x12.envelope import Interchange, Segment, Transaction

Row = tuple[str, dict[str, Any]]

#: By which qualifiers a line names our SKU, the likeliest first.
_SKU_QUALIFIERS = ("VN", "VP", "SK", "MG", "UP")
#: Quantities of an 846 that count what is there: on hand, else available.
_COUNTED = ("17", "33")
_STAMP = local_instant("%Y%m%d%H%M", "UTC")


class DocumentRefused(ValueError):  # noqa: N818 - reads as the sentence it is
    """A document that says too little, or something else than its kind does; the message says what."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who sent it, and the interchange it came in. `partner_id` is a location of ours, too."""

    partner_id: str
    interchange: Interchange


def answer_rows(source: Source, answer: Answer, own_ref: str) -> Iterator[Row]:
    """An answer to a document of ours; `own_ref`: the partner's number of it."""
    yield (
        "acknowledgements",
        {
            "partner_id": source.partner_id,
            "acknowledgement_ref": own_ref,
            "document_ref": str(answer.control),
            "status": answer.status,
            "reason": answer.reason or None,
            **_when(source.interchange.sent_at),
        },
    )


def document_rows(source: Source, transaction: Transaction) -> Iterator[Row]:
    """The rows of a document. Raises DocumentRefused where its kind is not read here, or it cannot be."""
    read = _KINDS.get(transaction.kind)
    if read is None:
        raise DocumentRefused(f"documents of kind {transaction.kind} are not read; there are {', '.join(_KINDS)}, 997")
    try:
        yield from read(source, transaction.segments)
    except (IndexError, KeyError, ValueError) as error:
        if isinstance(error, DocumentRefused):
            raise
        raise DocumentRefused(f"its {transaction.kind} cannot be read: {error}") from error


def _shipment(source: Source, segments: Sequence[Segment]) -> Iterator[Row]:
    head = _only(segments, "W06")
    order_ref, day, shipment = head[2], head[3], _at(head, 4) or f"{head[2]}-{head[3]}"
    lines = _loops(segments, "LX")
    channel_id = _reference(segments[: segments.index(lines[0][0])] if lines else segments, "ZZ")
    for loop in lines:
        line = _only(loop, "W12")
        line_ref = _reference(loop, "LI")
        common = {
            "channel_id": channel_id,
            "order_ref": order_ref,
            "order_line_ref": line_ref,
            "location_id": source.partner_id,
            **_when(_instant(day, "")),
        }
        shipped, asked = _quantity(_at(line, 3)), _quantity(_at(line, 2))
        if shipped:
            yield "stock_movements", {
                **common, "movement_ref": shipment, "line_ref": line_ref, "kind": "shipment", "sku": _sku(line[7:]),
                "quantity": shipped,
            }  # fmt: skip
        if asked > shipped:
            yield "order_events", {
                **common, "source_id": source.partner_id, "event_ref": f"{shipment}:{line_ref}:short",
                "event_type": "short_picked", "quantity": asked - shipped, "reason": f"945 status {_at(line, 1)}",
            }  # fmt: skip


def _count(source: Source, segments: Sequence[Segment]) -> Iterator[Row]:
    head = _only(segments, "BIA")
    at = _instant(head[4], _at(head, 5))
    for loop in _loops(segments, "LIN"):
        quantities = {segment[1]: _quantity(segment[2]) for segment in loop if segment[0] == "QTY"}
        counted = [quantities[qualifier] for qualifier in _COUNTED if qualifier in quantities]
        if not counted:
            raise DocumentRefused(f"LIN {_at(loop[0], 1)} has no quantity on hand or available (QTY 17 or 33)")
        yield (
            "stock_counts",
            {
                "count_ref": head[3],
                "location_id": source.partner_id,
                "sku": _sku(loop[0][2:]),
                "counted_quantity": counted[0],
                **_when(at),
            },
        )


_KINDS: Mapping[str, Callable[[Source, Sequence[Segment]], Iterator[Row]]] = {"945": _shipment, "846": _count}


def _when(at: datetime) -> dict[str, object]:
    return {"effective_at": at, "business_date": at.date()}


def _instant(day: str, clock: str) -> datetime:
    at = _STAMP(day + (clock[:4] or "1200")) if len(day) == 8 else Bad("not_a_day", "is no day written as 20260131")
    instant: datetime = _good(day + clock, at)
    return instant


def _only(segments: Sequence[Segment], name: str) -> Segment:
    found = [segment for segment in segments if segment[0] == name]
    if len(found) != 1:
        raise DocumentRefused(f"it has {len(found) or 'no'} {name}, where one is wanted")
    return found[0]


def _loops(segments: Sequence[Segment], opening: str) -> list[list[Segment]]:
    loops: list[list[Segment]] = []
    for segment in segments:
        if segment[0] == opening:
            loops.append([])
        if loops:
            loops[-1].append(segment)
    return loops


def _reference(segments: Sequence[Segment], qualifier: str) -> str:
    for segment in segments:
        if segment[0] == "N9" and _at(segment, 1) == qualifier and _at(segment, 2):
            return segment[2]
    raise DocumentRefused(f"it does not repeat our reference N9 {qualifier}")


def _sku(pairs: Segment) -> str:
    named = dict(zip(pairs[::2], pairs[1::2], strict=False))
    found = [named[qualifier] for qualifier in _SKU_QUALIFIERS if named.get(qualifier)]
    if not found:
        raise DocumentRefused(f"a line names no SKU by any of {', '.join(_SKU_QUALIFIERS)}")
    return found[0]


def _quantity(text: str) -> int:
    """A whole number, not below zero; an empty element is none."""
    value: int = _good(text, to_integer(text or "0"))
    if value < 0:
        raise DocumentRefused(f"{text!r} is below zero")
    return value


def _good(text: str, value: Any) -> Any:
    if isinstance(value, Bad):
        raise DocumentRefused(f"{text!r} {value.reason}")
    return value


def _at(segment: Segment, place: int) -> str:
    return segment[place] if len(segment) > place else ""
