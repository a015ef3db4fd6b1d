"""Sourcing rules: what sending, waiting and scarcity cost, and who may send what. Data, read from YAML.

Belongs here: the rules as data, and their refusal by line and reason. `sourcing.yaml` beside this file explains every
key and holds the defaults. Does not belong here: what the rules mean for an order (`costs`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from functools import cached_property
from importlib import resources
from typing import Any, TypeVar

from oms_core.yaml_reading import Path, YamlError, YamlReader, read_yaml

Value = TypeVar("Value")
SOLVERS = ("optimise", "greedy")
#: Methods of delivery in which something is sent; the others hand over where the channel says.
SENT = ("ship", "ship_from_store", "drop_ship")
_MOST_MINOR = 100_000_000
_MOST_GRAMS = 1_000_000_000
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CURRENCY = re.compile(r"[A-Z]{3}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class RulesError(ValueError):
    """Rules that cannot be followed; the message says line, key and reason."""


@dataclass(frozen=True, slots=True)
class ParcelRate:
    """What a parcel costs (minor units) and how many days it travels, from places to regions.

    `methods`: of delivery that it is for; None: all. `up_to_grams`: what an order may weigh for it; None: anything.
    """

    sender: str
    to: str
    minor: int
    days: int
    methods: tuple[str, ...] | None = None
    up_to_grams: int | None = None


@dataclass(frozen=True, slots=True)
class Unfilled:
    """What a line left unfilled costs: (`line_minor` + `unit_minor` a unit) x its priority's factor x waiting."""

    line_minor: int
    unit_minor: int
    priorities: Mapping[int, float]
    per_day_waiting: float

    def cost(self, quantity: int, priority: int, days_waiting: float) -> float:
        """Minor units, for a line that has waited so many days."""
        urgency = self.priorities.get(priority, 1.0) * (1 + self.per_day_waiting * max(days_waiting, 0.0))
        return (self.line_minor + self.unit_minor * quantity) * urgency


@dataclass(frozen=True, slots=True)
class Waves:
    """When a place is told what is allocated to it: its local times, on which weekdays (0 Monday).

    `wait_hours`: what would wait for longer is told at once; None: nothing would.
    """

    at: tuple[time, ...]
    days: frozenset[int]
    wait_hours: int | None


@dataclass(frozen=True, slots=True)
class Reoptimise:
    """When what a place has not been told of is decided anew: for a gain above `gain_minor`.

    It stays where the wave is within `lock_hours` (0: up to the run that tells), the promise within `lock_days`, or the
    line `settled_days` old.
    """

    gain_minor: int
    lock_hours: int
    lock_days: int
    settled_days: int


@dataclass(frozen=True, slots=True)
class Handling:
    """Who may send goods of a class, and by which methods of delivery; None: whoever may send others, by all."""

    senders: tuple[str, ...] | None
    methods: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class CustomerGroup:
    """What differs for a group of customers: priority, None: their channel's; who may send to them, None: whoever may
    for their channel; and how many units of each SKU a place keeps for them."""

    priority: int | None
    senders: tuple[str, ...] | None
    keep_units: Mapping[str, int]


@dataclass(frozen=True)
class Rules:
    """Rules in force; `text` is the YAML that they were read from."""

    text: str
    solver: str
    rounds: int
    seconds: int
    currency: str
    parcels: tuple[ParcelRate, ...]
    methods: Mapping[str, tuple[str, ...]]
    handling_minor: Mapping[str, int]
    late_day_minor: int
    markdown_minor: Mapping[str, Mapping[str, int]]
    unfilled: Unfilled
    scarcity_weight: float
    hold_back_weight: float
    keep_units: Mapping[str, int]
    parcels_per_day: Mapping[str, int]
    work_days: Mapping[str, frozenset[int]]
    cut_offs: Mapping[str, time]
    waves: Mapping[str, Waves]
    reoptimise: Reoptimise
    node_groups: Mapping[str, tuple[str, ...]]
    region_groups: Mapping[str, tuple[str, ...]]
    sources: Mapping[str, tuple[str, ...]]
    customer_groups: Mapping[str, CustomerGroup]
    handling_classes: Mapping[str, Handling]
    ship_complete: frozenset[str]
    keep_together: frozenset[str]

    @cached_property
    def rules_id(self) -> str:
        """Identity of the rules: the first twelve digits of their text's SHA-256."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    def names(self, location_id: str, kind: str) -> tuple[str, ...]:
        """What a place can be called in the rules, the narrowest name first."""
        groups = sorted(name for name, members in self.node_groups.items() if location_id in members)
        return (location_id, *groups, kind, "*")

    def narrowest(self, values: Mapping[str, Value], location_id: str, kind: str) -> Value | None:
        """What `values` say of a place, by the narrowest of its names; None where they say nothing."""
        return next((values[name] for name in self.names(location_id, kind) if name in values), None)


def default_rules() -> Rules:
    """The rules of `sourcing.yaml`."""
    return read_rules((resources.files(__package__) / "sourcing.yaml").read_text(encoding="utf-8"))


def read_rules(text: str) -> Rules:
    """Rules from YAML; a key that is missing has its default. Raises RulesError."""
    try:
        return _Reader(text).rules()
    except YamlError as error:
        raise RulesError(str(error)) from error


class _Reader(YamlReader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._text = text
        self._defaults = read_yaml((resources.files(__package__) / "sourcing.yaml").read_text(encoding="utf-8"))

    def rules(self) -> Rules:
        self.only((), self.content, tuple(self._defaults))
        effort = self._section("effort")
        rules = Rules(
            text=self._text,
            solver=self.one_of(("solver",), self._get("solver"), SOLVERS),
            rounds=self.whole(("effort", "rounds"), effort["rounds"], 0, 100_000),
            seconds=self.whole(("effort", "seconds"), effort["seconds"], 1, 86_400),
            currency=self._currency(),
            parcels=self._parcels(),
            methods=self._methods(),
            handling_minor=self._amounts("handling_minor", _MOST_MINOR),
            late_day_minor=self.whole(("late_day_minor",), self._get("late_day_minor"), 0, _MOST_MINOR),
            markdown_minor=self._each("markdown_minor", self._markdown),
            unfilled=self._unfilled(),
            scarcity_weight=self.number(("scarcity_weight",), self._get("scarcity_weight"), 0, 100),
            hold_back_weight=self.number(("hold_back_weight",), self._get("hold_back_weight"), 0, 100),
            keep_units=self._amounts("keep_units", 10**9),
            parcels_per_day=self._amounts("parcels_per_day", 10**9),
            work_days=self._each("work_days", self._weekdays),
            cut_offs=self._each("cut_offs", self._clock),
            waves=self._each("waves", self._waves),
            reoptimise=self._reoptimise(),
            node_groups=self._each("node_groups", self.names),
            region_groups=self._each("region_groups", self.names),
            sources=self._each("sources", self.names),
            customer_groups=self._each("customer_groups", self._customer_group),
            handling_classes=self._each("handling_classes", self._handling),
            ship_complete=frozenset(self.names(("ship_complete",), self._get("ship_complete"))),
            keep_together=frozenset(self.names(("keep_together",), self._get("keep_together"))),
        )
        if rules.solver == "optimise" and not rules.parcels:
            self.refuse(("parcels",), "there is no row: nothing could be sent")
        return rules

    def _currency(self) -> str:
        code = self._get("currency")
        if not isinstance(code, str) or not _CURRENCY.fullmatch(code):
            self.refuse(("currency",), f"{code!r} is no ISO 4217 code such as GBP")
        return str(code)

    def _parcels(self) -> tuple[ParcelRate, ...]:
        rows = self.items(("parcels",), self._get("parcels"))
        return tuple(self._parcel(("parcels", place), row) for place, row in enumerate(rows))

    def _parcel(self, path: Path, row: Any) -> ParcelRate:
        values = self.mapping(path, row)
        self.only(path, values, ("from", "to", "minor", "days", "methods", "up_to_grams"))
        for key in ("from", "minor", "days"):
            if key not in values:
                self.refuse(path, f"{key} is missing")
        sender = self.name((*path, "from"), values["from"])
        to = self.name((*path, "to"), values.get("to", "*"))
        minor = self.whole((*path, "minor"), values["minor"], 0, _MOST_MINOR)
        days = self.whole((*path, "days"), values["days"], 0, 365)
        methods = self._sent((*path, "methods"), values.get("methods"))
        limit = values.get("up_to_grams")
        grams = None if limit is None else self.whole((*path, "up_to_grams"), limit, 1, _MOST_GRAMS)
        return ParcelRate(sender, to, minor, days, methods, grams)

    def _handling(self, path: Path, value: Any) -> Handling:
        values = self.mapping(path, value)
        self.only(path, values, ("from", "methods"))
        if not values:
            self.refuse(path, "neither from nor methods: it would limit nothing")
        senders = self.names((*path, "from"), values["from"]) if "from" in values else None
        return Handling(senders, self._sent((*path, "methods"), values.get("methods")))

    def _customer_group(self, path: Path, value: Any) -> CustomerGroup:
        values = self.mapping(path, value)
        self.only(path, values, ("priority", "from", "keep_units"))
        if not values:
            self.refuse(path, "neither priority, from nor keep_units: it would change nothing")
        priority = values.get("priority")
        return CustomerGroup(
            None if priority is None else self.whole((*path, "priority"), priority, 1, 1000),
            self.names((*path, "from"), values["from"]) if "from" in values else None,
            self._by_place((*path, "keep_units"), values.get("keep_units", {}), 10**9),
        )

    def _sent(self, path: Path, value: Any) -> tuple[str, ...] | None:
        """Methods of delivery in which something is sent; None where nothing is said of them."""
        return None if value is None else tuple(self.one_of(path, word, SENT) for word in self.items(path, value))

    def _methods(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = self._each("methods", self.names)
        for name in found:
            self.one_of(("methods", name), name, SENT)
        return found

    def _unfilled(self) -> Unfilled:
        values = self._section("unfilled")
        path = ("unfilled", "priorities")
        factors = {
            self.whole((*path, str(priority)), priority, 1, 1000): self.number((*path, str(priority)), factor, 0, 1e6)
            for priority, factor in self.mapping(path, values["priorities"]).items()
        }
        return Unfilled(
            self.whole(("unfilled", "line_minor"), values["line_minor"], 0, _MOST_MINOR),
            self.whole(("unfilled", "unit_minor"), values["unit_minor"], 0, _MOST_MINOR),
            factors,
            self.number(("unfilled", "per_day_waiting"), values["per_day_waiting"], 0, 100),
        )

    def _markdown(self, path: Path, value: Any) -> dict[str, int]:
        return self._by_place(path, value, _MOST_MINOR)

    def _by_place(self, path: Path, value: Any, most: int) -> dict[str, int]:
        """Whole numbers by what a place can be called."""
        places = self.mapping(path, value)
        return {
            self.name((*path, str(name)), name): self.whole((*path, str(name)), number, 0, most)
            for name, number in places.items()
        }

    def _waves(self, path: Path, value: Any) -> Waves:
        values = self.mapping(path, value)
        self.only(path, values, ("at", "days", "wait_hours"))
        clocks = self.items((*path, "at"), values.get("at", []))
        at = {self._clock((*path, "at", place), clock) for place, clock in enumerate(clocks)}
        if not at:
            self.refuse(path, 'at is missing: the local times of its waves, as ["10:00", "14:00"]')
        days = self._weekdays((*path, "days"), values.get("days", list(_WEEKDAYS)))
        wait = values.get("wait_hours")
        hours = None if wait is None else self.whole((*path, "wait_hours"), wait, 1, 168)
        return Waves(tuple(sorted(at)), days, hours)

    def _weekdays(self, path: Path, value: Any) -> frozenset[int]:
        words = [self.one_of((*path, place), word, _WEEKDAYS) for place, word in enumerate(self.items(path, value))]
        if not words:
            self.refuse(path, "there is no day: nothing would ever leave")
        return frozenset(map(_WEEKDAYS.index, words))

    def _reoptimise(self) -> Reoptimise:
        values = self._section("reoptimise")
        most = {"gain_minor": _MOST_MINOR, "lock_hours": 168, "lock_days": 365, "settled_days": 365}
        return Reoptimise(**{name: self.whole(("reoptimise", name), values[name], 0, most[name]) for name in most})

    def _get(self, key: str) -> Any:
        return self.content.get(key, self._defaults[key])

    def _section(self, key: str) -> dict[str, Any]:
        """A mapping of fixed keys, those that are missing from the defaults."""
        values = self.mapping((key,), self._get(key))
        self.only((key,), values, tuple(self._defaults[key]))
        return {**self._defaults[key], **values}

    def _amounts(self, key: str, most: int) -> dict[str, int]:
        return self._each(key, lambda path, value: self.whole(path, value, 0, most))

    def _each(self, key: str, read: Callable[[Path, Any], Any]) -> dict[str, Any]:
        values = self.mapping((key,), self._get(key))
        return {self.name((key, str(name)), name): read((key, str(name)), value) for name, value in values.items()}

    def _clock(self, path: Path, value: Any) -> time:
        # Unquoted, YAML 1.1 reads 14:00 as the number 840.
        if not isinstance(value, str) or not _CLOCK.fullmatch(value):
            self.refuse(path, f'{value!r} is no time of day; write it as "14:00", with the quotes')
        return time.fromisoformat(value)
