"""Fetching: files that partners lay down for us come into the inbox, each once, wherever a fetch is interrupted.

Belongs here: the order of taking up, noting and removing. Does not belong here: the ways
(`oms_core.fulfilment.delivery.pickup`), what becomes of a file in the inbox (`landing`).

A file is whole and durable in the inbox before it is noted as fetched. It is removed at the partner's by a later look
that finds it as it was fetched: one that lies still may be half of a slow upload, whose rest would go with it.
What dies between two of these is done again: a file that comes into the inbox twice lands once, by its content.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from oms_core.feeds import load_definitions
from oms_core.feeds.mapping.definition import DEFAULT_MAXIMUM_BYTES
from oms_core.fulfilment.delivery.folder import FolderShelf
from oms_core.fulfilment.delivery.opening import open_pickup
from oms_core.fulfilment.delivery.pickup import NotFetched, Pickup, Waiting
from oms_core.fulfilment.delivery.routes import FetchRoute
from oms_core.fulfilment.delivery.transport import DeliveryError
from oms_core.store.operations import OperationsStore, open_operations
from oms_core.store.operations.unreached import find_unreached, note_look
from pipelines.home import Home, wall_clock
from pipelines.reception.arrivals import is_finished
from pipelines.reception.originals import harmless_name
from pipelines.turn import in_turn

_FETCHED = "file.fetched"


@dataclass
class FetchReport:
    """What one look at the partners' places did: names by feed, and why a partner could not be reached, by id."""

    fetched: list[tuple[str, str]] = field(default_factory=list)
    unfinished: list[tuple[str, str]] = field(default_factory=list)
    unreached: dict[str, str] = field(default_factory=dict)


def fetch_files(home: Home) -> FetchReport:
    """Take up what waits at every partner whose profile says `fetch`. A partner that cannot be reached holds up nobody
    else; the audit trail says why, once until it says something else. A mere copy of a home takes nothing from anybody.
    """
    report = FetchReport()
    if home.is_mere_copy:
        return report
    fetching = {name: profile.fetch for name, profile in home.partners.profiles.items() if profile.fetch is not None}
    if not fetching:
        return report
    with in_turn(home.root / "fetching.lock"), open_operations(home.database_url, now=wall_clock()) as store:
        before = {one.partner_id: one for one in find_unreached(store.trail, home.partners)}
        for partner_id, fetch in fetching.items():
            try:
                with closing(pickup_of(fetch)) as pickup:
                    _Taking(home, store, partner_id, fetch, pickup, report).take()
            except DeliveryError as error:
                report.unreached[partner_id] = str(error)
            reason = report.unreached.get(partner_id)
            note_look(store.trail, before.get(partner_id), partner_id, reason, wall_clock())
    return report


def _has_other(target: Path, data: bytes) -> bool:
    return target.exists() and target.read_bytes() != data


def pickup_of(fetch: FetchRoute) -> Pickup:
    """Where a profile fetches from. Raises NotDelivered where a secret that it needs is not set."""
    return open_pickup(fetch, os.environ.get)


class _Taking:
    """One look at one partner's place."""

    def __init__(
        self,
        home: Home,
        store: OperationsStore,
        partner_id: str,
        fetch: FetchRoute,
        pickup: Pickup,
        report: FetchReport,
    ) -> None:
        self._store, self._partner_id, self._fetch = store, partner_id, fetch
        self._pickup, self._report, self._inbox = pickup, report, home.inbox / fetch.feed
        definition = load_definitions(home.feeds).get(fetch.feed)
        self._most_bytes = definition.maximum_bytes if definition else DEFAULT_MAXIMUM_BYTES

    def take(self) -> None:
        """Raises NotFetched; once all else is taken, of what is larger than its feed reads."""
        known = {act.subject for act in self._store.trail.of_action(_FETCHED)}
        too_large = []
        for file in self._pickup.files():
            if not is_finished(file.name):
                continue
            if file.size_bytes > self._most_bytes:
                too_large.append(f"{file.name} ({file.size_bytes:,} bytes)")
            elif self._subject(file) not in known:
                self._take_one(file)
            elif self._fetch.after == "remove":
                self._remove(file)
        if too_large:
            most = f"maximum_bytes of feed {self._fetch.feed} is {self._most_bytes:,}"
            raise NotFetched(f"too large, and left there: {', '.join(too_large)}; {most}")

    def _subject(self, file: Waiting) -> str:
        key = "\n".join((self._partner_id, self._fetch.feed, file.name, file.version))
        return f"fetched:{self._fetch.feed}/{hashlib.sha256(key.encode()).hexdigest()[:32]}"

    def _take_one(self, file: Waiting) -> None:
        """Bring it into the inbox; not what is empty or still written, nor while another of its name waits there."""
        data = self._pickup.read(file.name)
        name = harmless_name(file.name)
        target = self._inbox / name
        if not data or len(data) != file.size_bytes or not self._is_as_listed(file) or _has_other(target, data):
            self._report.unfinished.append((self._fetch.feed, file.name))
            return
        shelf = FolderShelf(self._inbox)
        shelf.write(f".{name}.part", data)
        shelf.rename(f".{name}.part", name)
        noted = {"partner_id": self._partner_id, "name": file.name, "sha256": hashlib.sha256(data).hexdigest()}
        self._store.trail.note(_FETCHED, self._subject(file), wall_clock(), noted)
        self._report.fetched.append((self._fetch.feed, file.name))

    def _remove(self, file: Waiting) -> None:
        """Remove it at the partner's, unless it has become another one meanwhile."""
        if self._is_as_listed(file):
            self._pickup.remove(file.name)

    def _is_as_listed(self, file: Waiting) -> bool:
        return self._pickup.look(file.name) == file
