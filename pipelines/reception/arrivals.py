"""Files that have come: which of the inbox's are finished, when each came, and which no feed will ever take.

Belongs here: looking into the inbox. Does not belong here: what becomes of a file (`landing`, `originals`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from oms_core.feeds import FeedDefinition, arrival_at, load_definitions
from pipelines.home import Home
from pipelines.modelling.warehouse import seen_until

#: Endings of files that somebody is still writing.
UNFINISHED = (".part", ".tmp", ".filepart")


@dataclass(frozen=True)
class Arrival:
    """One file of the inbox, as it lies there at the first look."""

    feed: str
    path: Path
    known_at: datetime
    size_bytes: int
    modified_ns: int

    @property
    def is_still(self) -> bool:
        """Whether a second look finds the file as the first one did."""
        now = self.path.stat()
        return (now.st_size, now.st_mtime_ns) == (self.size_bytes, self.modified_ns)


def is_finished(name: str) -> bool:
    """Whether a file of that name is one: neither hidden, nor still being written."""
    return not name.startswith(".") and Path(name).suffix not in UNFINISHED


def arrived_now(home: Home, definition: FeedDefinition, path: Path, name: str, now: datetime) -> Arrival:
    """A file that lies elsewhere, as if it had come into the inbox now under the `name` that it once came under."""
    seen = seen_until(home)
    unnamed = unnamed_at(home, (definition,), now, seen) if definition.arrival else now
    return heard(home, _arrival_of(definition, path, name, unnamed), now, seen)


def heard(home: Home, arrival: Arrival, now: datetime, seen: datetime | None) -> Arrival:
    """The arrival with the instant at which we heard of it, whatever the file's name claims.

    A name that claims an instant before what readers have `seen` already is late: nobody knew the file then. On the
    wall clock a name cannot claim an instant to come.
    """
    known_at = min(arrival.known_at, now.astimezone(UTC)) if home.config["clock"] == "wall" else arrival.known_at
    if seen is not None and known_at <= seen:
        known_at = seen + timedelta(microseconds=1)
    return replace(arrival, known_at=known_at)


def unnamed_at(home: Home, definitions: Iterable[FeedDefinition], now: datetime, seen: datetime | None) -> datetime:
    """When a file has come whose name should tell it and does not: now, by the home's clock. On the data's that is the
    latest instant that a name in the inbox tells, or that readers have `seen`."""
    if home.config["clock"] == "wall":
        return now
    files = ((definition, path) for definition in definitions for path in _finished(home.inbox / definition.feed))
    told = (arrival_at(definition, path.name) for definition, path in files)
    return max((instant for instant in (*told, seen) if instant is not None), default=now)


def find_arrivals(home: Home, definition: FeedDefinition, now: datetime) -> list[Arrival]:
    """Files of one feed in the order in which they arrived, unfinished ones left out."""
    found = [_arrival_of(definition, path, path.name, now) for path in _finished(home.inbox / definition.feed)]
    return sorted(found, key=lambda arrival: (arrival.known_at, arrival.path.name))


def _arrival_of(definition: FeedDefinition, path: Path, name: str, now: datetime) -> Arrival:
    look = path.stat()
    known_at = arrival_at(definition, name) or now
    return Arrival(definition.feed, path, known_at.astimezone(UTC), look.st_size, look.st_mtime_ns)


def find_unread(home: Home) -> list[Path]:
    """Files of the inbox that no feed will ever take: outside of every folder that a definition is named after."""
    if not home.inbox.is_dir():
        return []
    known = load_definitions(home.feeds)
    strange = [path for path in sorted(home.inbox.iterdir()) if path.is_dir() and path.name not in known]
    return [path for folder in (home.inbox, *strange) for path in _finished(folder)]


def _finished(folder: Path) -> list[Path]:
    return [
        path
        for path in (sorted(folder.iterdir()) if folder.is_dir() else ())
        if path.is_file() and not path.is_symlink() and is_finished(path.name)
    ]
