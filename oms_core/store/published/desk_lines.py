"""Order lines as the order desk sees them: what a snapshot or the warehouse says, and how far their documents are.

Belongs here: reading them, and finding them by what somebody types, for a command, a page and a run alike.
Does not belong here: what may be done to them (`oms_core.orders.desk`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from oms_core.orders.desk import CommandRefused, DeskLine, OnDocument, Place

Ask = Callable[[str, Sequence[object]], pa.Table]
States = Callable[[Iterable[str]], Mapping[str, str]]

_LINES = """
    select l.order_line_id, l.order_id, l.channel_id, l.order_ref, l.line_ref, l.sku, l.line_state, l.qty_ordered,
           l.qty_fulfilled, l.qty_cancelled, p.sku is not null as is_known_sku, l.fulfilment_method, l.ship_to_country,
           l.ship_to_region
    from fct_order_lines as l left join dim_product as p on l.sku = p.sku
    where l.order_line_id in (select unnest(?)) order by l.order_line_id"""
_RESERVED = """
    select order_line_id, location_id, sum(qty_pending)::bigint as quantity,
           sum(qty_pending - qty_unreleased)::bigint as qty_told
    from fct_reservations where qty_pending > 0 and order_line_id in (select unnest(?))
    group by all order by order_line_id, location_id"""
_DOCUMENTS = """
    select order_line_id, location_id, export_id, qty_exported - qty_shipped as quantity, answer from fct_exports
    where not is_void and qty_shipped < qty_exported and order_line_id in (select unnest(?))
    order by exported_at desc, export_id desc, line_number"""
_NAMED = """
    select order_line_id, line_ref from fct_order_lines
    where order_line_id = ? or order_id = ? or order_ref = ? or order_ref || '/' || line_ref = ?
    order by order_line_id"""
_IN_PARCEL = """
    select distinct order_line_id from fct_order_events
    where list_contains(string_split(lower(tracking_ref), ' '), lower(?)) order by order_line_id"""
_ON_DOCUMENT = """
    select distinct order_line_id from fct_exports
    where length(?) >= 8 and starts_with(export_id, ?) order by order_line_id"""
_SHIPPING = "select location_id from dim_location where ships_orders order by location_id"
_REGIONS = "select distinct region from dim_location order by region"
_CHANNELS = "select distinct channel_id from fct_order_lines where order_line_id in (select unnest(?)) order by all"


class UnknownLine(LookupError):  # noqa: N818 - reads as the sentence it is
    """No line is called so, or lines of several channels are; the message says what would be understood."""


def desk_lines(ask: Ask, states: States, order_line_ids: Iterable[str]) -> dict[str, DeskLine]:
    """The lines by id; those that do not exist are missing."""
    ids = sorted(set(order_line_ids))
    if not ids:
        return {}
    places = _places(ask, states, ids)
    rows = ask(_LINES, [ids]).to_pylist()
    return {row["order_line_id"]: DeskLine(**row, places=places.get(row["order_line_id"], ())) for row in rows}


def find_lines(ask: Ask, reference: str) -> list[str]:
    """Ids of the lines that a reference means: a line's id, an order's number, `ORDER/LINE`, or else the tracking
    number of the parcel that they went in, or the first letters, eight at least, of the document that tells their place
    of them. Raises UnknownLine."""
    if ids := _ids(ask(_NAMED, [reference] * 4)):
        _check_channel(ask, reference, ids)
        return ids
    ids = _ids(ask(_ON_DOCUMENT, [reference] * 2)) or _ids(ask(_IN_PARCEL, [reference]))
    if not ids:
        raise UnknownLine(
            f"No line is called {reference!r}. Name an order by its number or a parcel's tracking number, one line as "
            "ORDER/LINE, or by its id (channel:order:line); all lines of a document by the first letters of its id."
        )
    return ids


def _ids(found: pa.Table) -> list[str]:
    return [str(row["order_line_id"]) for row in found.to_pylist()]


def _check_channel(ask: Ask, reference: str, ids: Sequence[str]) -> None:
    channels = [row["channel_id"] for row in ask(_CHANNELS, [ids]).to_pylist()]
    if len(channels) > 1:
        raise UnknownLine(f"Several channels have an order {reference!r}: {', '.join(channels)}. Say CHANNEL:ORDER.")


def _places(ask: Ask, states: States, ids: list[str]) -> dict[str, tuple[Place, ...]]:
    """Where each line is reserved, with the documents that tell of it, whichever run wrote them."""
    documents: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in ask(_DOCUMENTS, [ids]).to_pylist():
        documents[row["order_line_id"], row["location_id"]].append(row)
    state_of = states({row["export_id"] for rows in documents.values() for row in rows})
    found: dict[str, list[Place]] = defaultdict(list)
    for row in ask(_RESERVED, [ids]).to_pylist():
        on = _told(row["qty_told"], documents[row["order_line_id"], row["location_id"]], state_of)
        found[row["order_line_id"]].append(Place(row["location_id"], row["quantity"], on))
    return {order_line_id: tuple(places) for order_line_id, places in found.items()}


def _told(quantity: int, documents: Sequence[Mapping[str, Any]], state_of: Mapping[str, str]) -> tuple[OnDocument, ...]:
    """Units by the document that asks for them, the earliest first. `documents` come latest first: what is reserved yet
    is on the latest, as what is older was shipped, or refused."""
    told: list[OnDocument] = []
    for document in documents:
        units = min(quantity, document["quantity"])
        quantity -= units
        if units:
            # A document that the outbox has forgotten may have been sent. Of one, an order may be refused alone.
            state = state_of.get(document["export_id"], "sent")
            told.append(
                OnDocument(document["export_id"], units, "rejected" if document["answer"] == "rejected" else state)
            )
    return tuple(told[::-1])


def check_shipping(ask: Ask, location_ids: Iterable[str]) -> None:
    """Raises CommandRefused for a location that does not exist, or ships no orders, with those that do."""
    ships = [row["location_id"] for row in ask(_SHIPPING, []).to_pylist()]
    for location_id in location_ids:
        if location_id not in ships:
            raise CommandRefused(f"no location {location_id} ships orders. Those that do: {', '.join(ships)}")


def check_region(ask: Ask, region: str) -> None:
    """Raises CommandRefused for a region that no location serves, with those that some do."""
    regions = [row["region"] for row in ask(_REGIONS, []).to_pylist()]
    if region not in regions:
        raise CommandRefused(f"no location serves {region}. Regions: {', '.join(regions)}")
