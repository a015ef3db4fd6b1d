"""The sourcing problem out of the warehouse's tables.

Belongs here: which columns of which table say what. Does not belong here: what it means (`problem`), the queries
(`pipelines.fulfilment.ground`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from oms_core.allocation.stated.problem import (
    EPOCH,
    PICKED_UP,
    Expiring,
    Location,
    OpenLine,
    PreSold,
    Problem,
    Unreleased,
    refuse_repeats,
)
from oms_core.contracts.planned_events import DAYS_OFF
from oms_core.inventory.availability import Segment, protect

Frame: TypeAlias = pa.Table | pd.DataFrame


@dataclass(frozen=True)
class Tables:
    """What a problem is read from: of the warehouse's model that each names, the rows and columns that a run needs."""

    lines: Frame  # int_open_order_lines
    supply: Frame  # sku, location_id, qty_ats: what may be given away, one row a pair
    locations: Frame  # dim_location
    products: Frame  # dim_product: sku; weight_grams and handling_class where there are any
    segments: Frame | None = None  # int_channel_segments
    expiring: Frame | None = None  # int_expiring_reservations
    unreleased: Frame | None = None  # int_earlier_unreleased
    desk_places: Frame | None = None  # int_desk_places
    pre_sold: Frame | None = None  # order_line_id, quantity, day: what the run before left sold ahead of supply
    events: Frame | None = None  # fct_planned_events


def read_problem(tables: Tables) -> Problem:
    """The problem that the tables state. Raises ValueError where they cannot be so."""
    available = _columns(tables.supply, ("sku", "location_id", "qty_ats"))
    pairs = list(zip(available["sku"], available["location_id"], strict=True))
    refuse_repeats("supply of", pairs)
    qty_ats = dict(zip(pairs, available["qty_ats"], strict=True))
    barred = {} if tables.desk_places is None else _barred(tables.desk_places)
    return Problem(
        lines=_with_desk_places(open_lines(tables.lines), barred),
        qty_ats=qty_ats,
        locations=read_locations(tables.locations, tables.events),
        known_skus=frozenset(_columns(tables.products, ("sku",))["sku"]),
        kept={} if tables.segments is None else _kept(tables.segments, qty_ats),
        expiring=() if tables.expiring is None else _expiring(tables.expiring),
        unreleased=() if tables.unreleased is None else _unreleased(tables.unreleased, barred),
        grams=_of_sku(tables.products, "weight_grams"),
        handling_class=_of_sku(tables.products, "handling_class"),
        pre_sold={} if tables.pre_sold is None else _pre_sold(tables.pre_sold),
    )


def _of_sku(products: Frame, name: str) -> dict[str, Any]:
    """What products say in a column that not all have."""
    if name not in (products.column_names if isinstance(products, pa.Table) else products.columns):
        return {}
    skus, values = _columns(products, ("sku", name)).values()
    return {sku: value for sku, value in zip(skus, values, strict=True) if value}


def _pre_sold(frame: Frame) -> dict[str, PreSold]:
    columns = _columns(frame, ("order_line_id", "quantity", "day"))
    return {line: PreSold(quantity, day) for line, quantity, day in zip(*columns.values(), strict=True)}


def _kept(frame: Frame, qty_ats: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], dict[str, int]]:
    columns = _columns(frame, ("sku", "location_id", "priority", "channel_id", "share", "units"))
    asked: dict[tuple[str, str], list[Segment]] = {}
    for sku, location_id, _, *segment in sorted(zip(*columns.values(), strict=True)):
        asked.setdefault((sku, location_id), []).append(Segment(*segment))
    return {place: protect(qty_ats.get(place, 0), segments) for place, segments in asked.items()}


def _expiring(frame: Frame) -> tuple[Expiring, ...]:
    names = (
        *("order_line_id", "location_id", "qty_expiring", "reservation_days", "ending"),
        *("channel_id", "order_ref", "line_ref", "sku", "priority", "qty_untold", "untold_due_at"),
    )
    rows = [_expiring_row(*row) for row in zip(*_columns(frame, names).values(), strict=True)]
    return tuple(sorted(rows, key=lambda e: (e.order_line_id, e.location_id)))


def _expiring_row(
    order_line_id: str, location_id: str, quantity: int, reservation_days: int | None, ending: str,
    channel_id: str, order_ref: str, line_ref: str, sku: str, priority: int, qty_untold: int, due_us: int,
) -> Expiring:  # fmt: skip
    line = OpenLine(order_line_id, channel_id, order_ref, line_ref, sku, None, None, priority, 0, False, 0)
    due_at = EPOCH + timedelta(microseconds=due_us)
    return Expiring(order_line_id, location_id, quantity, reservation_days, ending, line, qty_untold, due_at)


def _unreleased(frame: Frame, barred: Mapping[str, list[str]]) -> tuple[Unreleased, ...]:
    names = (
        *("order_line_id", "channel_id", "order_ref", "line_ref", "sku", "ship_to_region", "chosen_location_id"),
        *("priority", "placed_at", "is_held", "qty_unreleased", "promised_date", "is_held_by_desk"),
        *("is_assigned_by_desk", "fulfilment_method", "customer_group"),
    )
    lines = _with_desk_places(map(OpenLine, *_columns(frame, names).values()), barred)
    places = zip(*_columns(frame, ("location_id", "release_due_at")).values(), strict=True)
    found = [
        Unreleased(line, place, None if due_us is None else EPOCH + timedelta(microseconds=due_us))
        for line, (place, due_us) in zip(lines, places, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (one.line.order_line_id, one.location_id)))


def open_lines(frame: Frame) -> tuple[OpenLine, ...]:
    """Lines from the columns of `int_open_order_lines`."""
    names = (
        *("order_line_id", "channel_id", "order_ref", "line_ref", "sku", "ship_to_region", "location_id"),
        *("priority", "placed_at", "is_held", "qty_to_decide", "promised_date", "is_held_by_desk"),
        *("is_assigned_by_desk", "fulfilment_method", "customer_group"),
    )
    return tuple(map(OpenLine, *_columns(frame, names).values()))


def _barred(places: Frame) -> dict[str, list[str]]:
    """From where the desk lets nothing go, by order line."""
    columns = _columns(places, ("order_line_id", "location_id", "word"))
    barred: dict[str, list[str]] = {}
    for order_line_id, location_id, word in zip(*columns.values(), strict=True):
        if word == "barred":
            barred.setdefault(order_line_id, []).append(location_id)
    return barred


def _with_desk_places(lines: Iterable[OpenLine], barred: Mapping[str, list[str]]) -> tuple[OpenLine, ...]:
    """The lines with what the desk bars them from; where the channel chose such a place, any other may send it."""
    return tuple(
        _barred_from(line, barred[line.order_line_id]) if line.order_line_id in barred else line for line in lines
    )


def _barred_from(line: OpenLine, location_ids: list[str]) -> OpenLine:
    if line.is_assigned_by_desk or line.location_id not in (None, *location_ids):
        return line
    # Who was to come for it there gets it sent.
    method = "ship" if line.method in PICKED_UP else line.method
    return replace(line, location_id=None, method=method, barred_location_ids=tuple(sorted(location_ids)))


def read_locations(frame: Frame, events: Frame | None = None) -> tuple[Location, ...]:
    """Locations from the columns of `dim_location`, their days off from those of `fct_planned_events`."""
    names = ("location_id", "kind", "region", "ships_orders", "sourcing_rank", "timezone")
    off = {} if events is None else _days_off(events)
    columns = _columns(frame, names)
    days_off = [tuple(sorted(off.get(name, ()))) for name in columns["location_id"]]
    return tuple(map(Location, *columns.values(), days_off))


def _days_off(events: Frame) -> dict[str, list[tuple[date, date]]]:
    """Of a SKU or a category alone nobody is off."""
    columns = _columns(events, ("location_id", "first_date", "last_date", "kind", "sku", "category"))
    found: dict[str, list[tuple[date, date]]] = {}
    for location_id, first, last, kind, *narrowed in zip(*columns.values(), strict=True):
        if kind in DAYS_OFF and narrowed == [None, None]:
            found.setdefault(location_id, []).append((first, last))
    return found


def _columns(frame: Frame, names: tuple[str, ...]) -> dict[str, list[Any]]:
    """Columns as Python lists, empty values as None, instants as microseconds since 1970 UTC."""
    table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
    return {name: _plain(table.column(name)) for name in names}


def _plain(column: pa.ChunkedArray) -> list[Any]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz=column.type.tz)).cast(pa.int64())
    return list(column.to_pylist())
