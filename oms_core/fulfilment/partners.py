"""Partners: in which forms a warehouse or supplier gets its documents, by which way, and how soon it must answer.

Belongs here: the profiles, read from YAML. Does not belong here: the forms (`spreadsheet`, `warehouse_order_x12`),
the ways (`delivery`).

    partners:
      WH-NORTH:
        forms: [json, csv, x12]
        answers_within_hours: 24
        x12: {version: "004010", sender: ZZ/QUARTERMASTER, receiver: ZZ/WHNORTH, test: false}
        deliver: {by: folder}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from oms_core.feeds.x12.writing import Parties
from oms_core.fulfilment.delivery.routes import FetchRoute, FolderRoute, Route, read_fetch, read_route
from oms_core.yaml_reading import Path, YamlError, YamlReader

_FORMS = ("csv", "json", "picking_list", "x12")
_LONGEST_WAIT_HOURS = 24 * 60
_MOST_LINES = 100_000
_FOLDER = FolderRoute()


class PartnersError(ValueError):
    """Profiles that cannot be followed; the message says line, key and reason."""


@dataclass(frozen=True, slots=True)
class X12Profile:
    """How a partner's X12 is addressed, in which version it is written, and as which document.

    `version`: 004010 or 005010; `document`: 940 for a warehouse, 850 for a supplier that ships to the customer.
    """

    version: str
    parties: Parties
    document: str = "940"


@dataclass(frozen=True, slots=True)
class Partner:
    """A profile. `answers_within`: after it, a document without an answer is overdue; None: none is awaited.

    `route`: by which way its files go; `fetch`: where its own wait for us, None: it brings them. `picking_zones`:
    patterns of SKUs by zone, in the order of the walk. `lines_per_order`: as many lines a purchase or transfer order
    may have; None: any number. `gets_transfer_notices`: whether it is told what has left other places of ours for it.
    """

    forms: tuple[str, ...] = ("csv", "json")
    answers_within: timedelta | None = None
    x12: X12Profile | None = None
    route: Route = _FOLDER
    picking_zones: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lines_per_order: int | None = None
    gets_transfer_notices: bool = False
    fetch: FetchRoute | None = None


@dataclass(frozen=True)
class Partners:
    """All profiles; who has none gets CSV and JSON and need not answer."""

    profiles: Mapping[str, Partner] = field(default_factory=dict)

    def of(self, partner_id: str) -> Partner:
        """A partner's profile."""
        return self.profiles.get(partner_id, Partner())

    @property
    def told_of_transfers(self) -> list[str]:
        """Who is told what is on its way to it."""
        return [partner_id for partner_id, profile in self.profiles.items() if profile.gets_transfer_notices]

    @property
    def soonest_answer(self) -> timedelta | None:
        """The shortest time within which any partner must answer; None where none must."""
        within = (profile.answers_within for profile in self.profiles.values())
        return min((time for time in within if time is not None), default=None)


def read_partners(text: str) -> Partners:
    """Profiles from YAML. Raises PartnersError."""
    try:
        return _Reader(text).partners()
    except YamlError as error:
        raise PartnersError(str(error)) from error


class _Reader(YamlReader):
    def partners(self) -> Partners:
        self.only((), self.content, ("partners",))
        named = self.mapping(("partners",), self.content.get("partners", {}))
        return Partners(
            {self.name(("partners", str(name)), name): self._partner(name, spec) for name, spec in named.items()}
        )

    def _partner(self, name: str, spec: object) -> Partner:
        path: Path = ("partners", name)
        values = self.mapping(path, spec)
        known = (
            *("forms", "answers_within_hours", "x12", "deliver", "fetch", "picking_zones"),
            *("lines_per_order", "transfer_notices"),
        )
        self.only(path, values, known)
        forms = values.get("forms", list(Partner().forms))
        forms = tuple(self.one_of((*path, "forms"), form, _FORMS) for form in self.items((*path, "forms"), forms))
        hours = self._some(path, values, "answers_within_hours", _LONGEST_WAIT_HOURS)
        x12 = self._x12((*path, "x12"), values["x12"]) if "x12" in values else None
        if "x12" in forms and x12 is None:
            self.refuse(path, "forms names x12, and x12 (version, sender, receiver) is missing")
        route = read_route(self, (*path, "deliver"), values["deliver"]) if "deliver" in values else _FOLDER
        fetch = read_fetch(self, (*path, "fetch"), values["fetch"], route) if "fetch" in values else None
        within = None if hours is None else timedelta(hours=hours)
        limit = self._some(path, values, "lines_per_order", _MOST_LINES)
        zones = self._zones(path, values)
        is_told = self.flag((*path, "transfer_notices"), values.get("transfer_notices", False))
        if is_told and set(forms) == {"picking_list"}:
            self.refuse((*path, "transfer_notices"), "a picking list announces nothing: add csv, json or x12 to forms")
        return Partner(tuple(sorted(set(forms))), within, x12, route, zones, limit, is_told, fetch)

    def _some(self, path: Path, values: dict[Any, Any], key: str, most: int) -> int | None:
        """A whole number from 1, or None where the key is not there."""
        value = values.get(key)
        return None if value is None else self.whole((*path, key), value, 1, most)

    def _zones(self, path: Path, values: dict[Any, Any]) -> dict[str, tuple[str, ...]]:
        path = (*path, "picking_zones")
        zones = self.mapping(path, values.get("picking_zones", {}))
        return {
            self.name((*path, str(zone)), zone): self.names((*path, str(zone)), patterns)
            for zone, patterns in zones.items()
        }

    def _x12(self, path: Path, spec: object) -> X12Profile:
        values = self.mapping(path, spec)
        self.only(path, values, ("version", "document", "sender", "receiver", "test"))
        version = self.one_of((*path, "version"), values.get("version"), ("004010", "005010"))
        sender, receiver = (self._party((*path, key), values.get(key)) for key in ("sender", "receiver"))
        document = self.one_of((*path, "document"), values.get("document", "940"), ("940", "850"))
        is_test = self.flag((*path, "test"), values.get("test", False))
        try:
            return X12Profile(version, Parties(sender, receiver, is_test), document)
        except ValueError as error:
            self.refuse(path, str(error))

    def _party(self, path: Path, value: object) -> tuple[str, str]:
        qualifier, slash, name = self.name(path, value).partition("/")
        if not slash:
            self.refuse(path, f"{value!r} is no party: write its qualifier and id as ZZ/NAME")
        return qualifier, name
