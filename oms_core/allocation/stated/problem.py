"""The sourcing problem as data: open lines, supply at each location, and the locations.

Belongs here: the problem's parts and their checks. Does not belong here: their reading (`tables`), how it is solved
(`greedy`), how the answer is written down (`decisions`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

#: Methods of delivery by which the customer comes to the place that the channel names.
PICKED_UP = ("pickup", "reserve")
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
        refuse_repeats("order line", [line.order_line_id for line in self.lines])
        refuse_repeats("location", [location.location_id for location in self.locations])
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


def refuse_repeats(what: str, keys: list[Any]) -> None:
    """Raise ValueError where a key occurs twice; `what` they are keys of."""
    if len(set(keys)) != len(keys):
        twice = next(key for key, times in Counter(keys).items() if times > 1)
        raise ValueError(f"{what} {twice} occurs twice")
