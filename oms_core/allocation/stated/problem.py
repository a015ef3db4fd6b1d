"""The sourcing problem as data: open lines, supply at each location, and the locations.

Belongs here: the problem's parts, their checks, and their translation from warehouse tables.
Does not belong here: how it is solved (`greedy`), how the answer is written down (`decisions`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from oms_core.contracts.planned_events import DAYS_OFF
from oms_core.inventory.availability import Segment, protect

#: Methods of delivery by which the customer comes to the place that the channel names.
PICKED_UP = ("pickup", "reserve")
Frame: TypeAlias = pa.Table | pd.DataFrame
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OpenLine:
    """An order line with a quantity to decide. `placed_at_us`: microseconds since 1970 UTC, for ranking only.

    `location_id` is None unless the channel itself, or the order desk (`is_assigned_by_desk`), chose the location;
    from `barred_location_ids` the desk lets nothing go. `promised_date` is the customer's, if any. `method` of delivery
    and `customer_group` as in `contracts.ORDER_LINES`; `is_kept_by_group`: what is kept for it is by that (`groups`).
    """

    order_line_id: str
    channel_id: str
    order_ref: str
    line_ref: str
    sku: str
    region: str | None
    location_id: str | None
    priority: int
    placed_at_us: int
    is_held: bool
    qty_to_decide: int
    promised_date: date | None = None
    is_held_by_desk: bool = False
    is_assigned_by_desk: bool = False
    method: str = "ship"
    customer_group: str | None = None
    barred_location_ids: tuple[str, ...] = ()
    is_kept_by_group: bool = False

    @property
    def kept_for(self) -> str:
        """Under which name something may be kept for the line: its channel's, or its customers' group's."""
        return f"customer group {self.customer_group}" if self.is_kept_by_group else self.channel_id


@dataclass(frozen=True, slots=True)
class Location:
    """A node. `kind`: warehouse, store or drop_shipper; `sourcing_rank`: 1 is tried first; `timezone`: IANA.

    `days_off`: first and last days, in its own calendar, of spans in which it sends nothing, whatever the rules say of
    weekdays.
    """

    location_id: str
    kind: str
    region: str
    ships_orders: bool
    sourcing_rank: int
    timezone: str = "UTC"
    days_off: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, slots=True)
class Expiring:
    """A reservation that ends: its location has not shipped it within `reservation_days`, or (None) `ending` says why.

    `quantity` is in base units; its location had not been told of `qty_untold` of them, and was to be at
    `untold_due_at`. `line`: of what there may be nothing to decide.
    """

    order_line_id: str
    location_id: str
    quantity: int
    reservation_days: int | None
    ending: str = "short_picked"
    line: OpenLine | None = None
    qty_untold: int = 0
    untold_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unreleased:
    """What of a line is promised at a location that has not been told yet: `line` has it as its quantity to decide.

    `release_due_at`: when it is told; None: at once.
    """

    line: OpenLine
    location_id: str
    release_due_at: datetime | None

    @property
    def quantity(self) -> int:
        """Base units."""
        return self.line.qty_to_decide


@dataclass(frozen=True, slots=True)
class PreSold:
    """How many base units of a line were sold ahead of supply, and for which day."""

    quantity: int
    day: date


@dataclass(frozen=True)
class Problem:
    """One allocation run. `qty_ats` by (SKU, location) is what may be given away: net of reserved and kept back stock.

    `expiring` reservations are in the supply and in their lines' quantities again; the run says that they have ended.
    `unreleased` ones are in neither: a run may find better (`reoptimise`).
    `grams`: what a base unit of a SKU weighs, where that is known; `handling_class` of a SKU, where it has one.
    `pre_sold`: what of lines was sold ahead of supply and for which day (`due` finds whose turn it is: they are served
    before all others). `aside`, by line and location: units here that are left for lines which were sold them ahead and
    are held; they are in no supply any more.
    `kept`, by (SKU, location) and channel or customer group (`OpenLine.kept_for`), is the part of it that only these
    lines may take (`inventory.availability.protect`).
    `told`: parcels by (location, instant at which it was or is told of them), of earlier runs.
    `waits_with`: lines whose order ships whole, and the reference of a line of it that is held (`binding`).

    Raises ValueError where a line or location occurs twice, a line has nothing to decide, or supply is negative.
    """

    lines: tuple[OpenLine, ...]
    qty_ats: Mapping[tuple[str, str], int]
    locations: tuple[Location, ...]
    known_skus: frozenset[str]
    kept: Mapping[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)
    expiring: tuple[Expiring, ...] = ()
    unreleased: tuple[Unreleased, ...] = ()
    grams: Mapping[str, int] = field(default_factory=dict)
    handling_class: Mapping[str, str] = field(default_factory=dict)
    pre_sold: Mapping[str, PreSold] = field(default_factory=dict)
    aside: Mapping[tuple[str, str], int] = field(default_factory=dict)
    told: Mapping[tuple[str, datetime], int] = field(default_factory=dict)
    waits_with: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _refuse_repeats("order line", [line.order_line_id for line in self.lines])
        _refuse_repeats("location", [location.location_id for location in self.locations])
        for line in self.lines:
            if line.qty_to_decide < 1:
                raise ValueError(f"order line {line.order_line_id}: nothing to decide ({line.qty_to_decide})")
        for (sku, location_id), quantity in self.qty_ats.items():
            if quantity < 0:
                raise ValueError(f"supply of {sku} at {location_id} is negative: {quantity}")
        for place, parts in self.kept.items():
            if sum(parts.values()) > self.qty_ats.get(place, 0) or min(parts.values(), default=0) < 0:
                raise ValueError(
                    f"what is kept for channels is more than the supply of {place[0]} at {place[1]}: {parts}"
                )

    @classmethod
    def from_tables(
        cls, lines: Frame, supply: Frame, locations: Frame, known_skus: Iterable[str],
        segments: Frame | None = None, expiring: Frame | None = None, unreleased: Frame | None = None,
        places: Frame | None = None, grams: Mapping[str, int] | None = None,
        pre_sold: Mapping[str, PreSold] | None = None, events: Frame | None = None,
        handling_class: Mapping[str, str] | None = None,
    ) -> Problem:  # fmt: skip
        """The problem from `int_open_order_lines`, availability (sku, location_id, qty_ats), `dim_location` and, where
        there are any, `int_channel_segments`, `int_expiring_reservations`, `int_earlier_unreleased`,
        `int_desk_places` and `fct_planned_events`."""
        available = _columns(supply, ("sku", "location_id", "qty_ats"))
        pairs = list(zip(available["sku"], available["location_id"], strict=True))
        _refuse_repeats("supply of", pairs)
        qty_ats = dict(zip(pairs, available["qty_ats"], strict=True))
        barred = {} if places is None else _barred(places)
        return cls(
            lines=_with_desk_places(open_lines(lines), barred),
            qty_ats=qty_ats,
            locations=read_locations(locations, events),
            known_skus=frozenset(known_skus),
            kept={} if segments is None else _kept(segments, qty_ats),
            expiring=() if expiring is None else _expiring(expiring),
            unreleased=() if unreleased is None else _unreleased(unreleased, barred),
            grams=grams or {},
            handling_class=handling_class or {},
            pre_sold=pre_sold or {},
        )

    def why_held(self, line: OpenLine) -> tuple[str, str] | None:
        """Why nothing can be decided about a line, as reason code and sentence; None where something can."""
        if line.is_held_by_desk:
            return "held_by_desk", f"The order desk holds all {line.qty_to_decide} units."
        if line.is_held:
            return "held_by_channel", f"Channel {line.channel_id} holds all {line.qty_to_decide} units."
        if line.sku not in self.known_skus:
            return "unknown_sku", f"{line.sku} is not in the product feed: {line.qty_to_decide} units wait for it."
        if line.location_id is None and line.method in PICKED_UP:
            text = f"Channel {line.channel_id} does not say where the customer comes for it"
            return "no_place_named", f"{text} ({line.method}): {line.qty_to_decide} units wait for that."
        if line.location_id is not None and line.location_id not in self._location_ids:
            text = f"Location {line.location_id}, chosen by the channel, is not in the location feed"
            return "unknown_location", f"{text}: {line.qty_to_decide} units wait for it."
        if line.order_line_id in self.waits_with:
            text = f"The order ships whole, and line {self.waits_with[line.order_line_id]} of it is held"
            return "order_ships_whole", f"{text}: {line.qty_to_decide} units wait for that."
        return None

    def expiring_of(self, line: OpenLine) -> list[Expiring]:
        """A line's reservations that have ended."""
        return self._expiring_by_line.get(line.order_line_id, [])

    @property
    def expiring_beside(self) -> list[Expiring]:
        """Reservations that end of lines with nothing to decide: what was cancelled of them."""
        decided = {line.order_line_id for line in self.lines}
        return [reservation for reservation in self.expiring if reservation.order_line_id not in decided]

    @cached_property
    def _expiring_by_line(self) -> dict[str, list[Expiring]]:
        by_line: dict[str, list[Expiring]] = {}
        for reservation in self.expiring:
            by_line.setdefault(reservation.order_line_id, []).append(reservation)
        return by_line

    @cached_property
    def _location_ids(self) -> frozenset[str]:
        return frozenset(location.location_id for location in self.locations)

    @cached_property
    def ranked(self) -> list[OpenLine]:
        """The lines as they are served: what was pre-sold, wholly before in part, by its day; then by priority of their
        channel, by when they were placed, by id."""
        return sorted(self.lines, key=self._turn)

    def _turn(self, line: OpenLine) -> tuple[int, date, int, int, str]:
        ahead = self.pre_sold.get(line.order_line_id)
        first = (2, date.max) if ahead is None else (int(ahead.quantity < line.qty_to_decide), ahead.day)
        return (*first, line.priority, line.placed_at_us, line.order_line_id)


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


def _refuse_repeats(what: str, keys: list[Any]) -> None:
    if len(set(keys)) != len(keys):
        twice = next(key for key, times in Counter(keys).items() if times > 1)
        raise ValueError(f"{what} {twice} occurs twice")
