"""Notices of transfers: what has left one of our places, told to the place that it is for.

Belongs here: which movements go into one notice, and its number. Does not belong here: which were announced already
(`pipelines.fulfilment.announcing`), how a notice looks (`rendering`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from oms_core.contracts.documents import REPLENISHMENT_CHANNEL
from oms_core.fulfilment.documents import TRANSFER_NOTICE, Document, NoticeLine


@dataclass(frozen=True, slots=True)
class Departure:
    """A movement out of a place of ours for a transfer order of ours, as the sender stated it.

    `movement_id`: the sender's own id of it; `order_ref`: the transfer order; `quantity` in base units.
    """

    order_ref: str
    movement_id: str
    from_location_id: str
    to_location_id: str
    sku: str
    quantity: int
    lot_ref: str
    serial_ref: str


def build_notices(
    departures: Iterable[Departure],
    descriptions: Mapping[str, str],
    notices_before: Mapping[str, int],
    created_at: datetime,
) -> tuple[Document, ...]:
    """One document an order and pair of places, to the place that the goods are for; every departure is one line.

    `notices_before`: how many there are of an order; theirs are the numbers before. The order of `departures` does not
    matter.
    """
    ordered = sorted(departures, key=lambda one: (*_group(one), one.movement_id))
    numbers, made = dict(notices_before), []
    for (order_ref, _, _), group in groupby(ordered, key=_group):
        numbers[order_ref] = numbers.get(order_ref, 0) + 1
        made.append(_document(list(group), f"{order_ref}-{numbers[order_ref]}", descriptions, created_at))
    return tuple(made)


def order_of(number: str) -> str:
    """The transfer order that a notice of this number is of."""
    return number.rpartition("-")[0]


def _group(one: Departure) -> tuple[str, str, str]:
    return one.order_ref, one.from_location_id, one.to_location_id


def _document(
    departures: Sequence[Departure], number: str, descriptions: Mapping[str, str], created_at: datetime
) -> Document:
    first = departures[0]
    lines = tuple(
        NoticeLine(
            line_number=place,
            channel_id=REPLENISHMENT_CHANNEL,
            order_ref=one.order_ref,
            line_ref=one.movement_id,
            sku=one.sku,
            description=descriptions.get(one.sku, ""),
            quantity=one.quantity,
            lot_ref=one.lot_ref,
            serial_ref=one.serial_ref,
        )
        for place, one in enumerate(departures, start=1)
    )
    return Document(
        partner_id=first.to_location_id,
        location_id=first.from_location_id,
        wave=number,
        created_at=created_at,
        lines=lines,
        document_type=TRANSFER_NOTICE,
        ship_to_location_id=first.to_location_id,
    )
