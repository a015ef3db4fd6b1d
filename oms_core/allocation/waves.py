"""Waves: when a place is told what is allocated to it.

A place with waves is told at its own local times. The first run from such a time on tells it what is allocated there,
and of what it decides itself the lines that were placed by then; what comes later waits for the next.

Belongs here: which wave an allocation goes with. Does not belong here: the rules' reading (`rules`), the documents that
tell the place (`fulfilment`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from oms_core.allocation.decisions import Decision
from oms_core.allocation.problem import EPOCH, Location
from oms_core.allocation.rules import Rules, Waves
from oms_core.allocation.terms import Terms

_MICROSECOND = timedelta(microseconds=1)
#: Every weekday is among so many days before and after any.
_DAYS = range(-7, 8)


class Calendar:
    """A place's waves as a run sees them.

    `open`: the one that has come since the run before, if any; `next`: when it is told of what does not go with that.
    """

    def __init__(self, at: Location, waves: Waves, terms: Terms) -> None:
        self.zone = ZoneInfo(at.timezone)
        times = sorted(_times(waves, self.zone, terms.as_of))
        passed = [time for time in times if time <= terms.as_of]
        # A wave that an earlier run has seen come has gone.
        is_open = bool(passed) and (terms.last_run_at is None or passed[-1] > terms.last_run_at)
        self.open = passed[-1] if is_open else None
        coming = next(time for time in times if time > terms.as_of)
        too_long = waves.wait_hours is not None and coming - terms.as_of > timedelta(hours=waves.wait_hours)
        self.next = terms.as_of if too_long else coming

    def due(self, placed_at_us: int) -> datetime:
        """When the place is told of a line that was placed then."""
        if self.open is not None and placed_at_us <= (self.open - EPOCH) // _MICROSECOND:
            return self.open
        return self.next


def calendars(locations: Iterable[Location], terms: Terms) -> dict[str, Calendar]:
    """By location, of those that have waves."""
    rules = terms.rules
    waves = ((at, rules.narrowest(rules.waves, at.location_id, at.kind)) for at in locations)
    return {at.location_id: Calendar(at, found, terms) for at, found in waves if found is not None}


def last_wave(locations: Iterable[Location], rules: Rules, now: datetime) -> tuple[datetime, list[str]] | None:
    """The latest time at which any place was to be told, and which were; None where none has waves."""
    told: dict[datetime, list[str]] = {}
    for at in sorted(locations, key=lambda at: at.location_id):
        waves = rules.narrowest(rules.waves, at.location_id, at.kind)
        if waves is not None:
            last = max(time for time in _times(waves, ZoneInfo(at.timezone), now) if time <= now)
            told.setdefault(last, []).append(at.location_id)
    return max(told.items()) if told else None


def with_waves(decisions: Iterable[Decision], locations: Iterable[Location], terms: Terms) -> list[Decision]:
    """The decisions, each allocation with the instant at which its place is told of it, where that has waves."""
    by_place = calendars(locations, terms)
    return [
        _with_wave(one, by_place[one.location_id], terms.as_of)
        if one.decision == "allocated" and one.location_id in by_place
        else one
        for one in decisions
    ]


def _with_wave(one: Decision, calendar: Calendar, as_of: datetime) -> Decision:
    due = calendar.due(one.line.placed_at_us)
    told = f" {one.location_id} is told with its wave of {due.astimezone(calendar.zone):%Y-%m-%d %H:%M}."
    return replace(one, release_due_at=due, reason=one.reason + (told if due > as_of else ""))


def _times(waves: Waves, zone: ZoneInfo, as_of: datetime) -> Iterator[datetime]:
    today = as_of.astimezone(zone).date()
    for day in (today + timedelta(days=days) for days in _DAYS):
        if day.weekday() in waves.days:
            for clock in waves.at:
                yield datetime.combine(day, clock, zone).astimezone(UTC)
