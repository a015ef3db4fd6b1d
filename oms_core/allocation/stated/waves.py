"""Waves: when a place is told what is allocated to it.

A place with waves is told at its own local times, on days on which it works. The first run from such a time on tells
it what is allocated there, and of what it decides itself the lines that were placed by then; what comes later waits for
the next.

Belongs here: which wave an allocation goes with. Does not belong here: the rules' reading (`rules`), the documents that
tell the place (`fulfilment`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from oms_core.allocation.stated.decisions import Decision
from oms_core.allocation.stated.problem import EPOCH, Location
from oms_core.allocation.stated.rules import Rules, Waves
from oms_core.allocation.stated.terms import Terms
from oms_core.allocation.stated.working_days import DAYS_AHEAD, works_on

_MICROSECOND = timedelta(microseconds=1)


class Calendar:
    """A place's waves as a run sees them.

    `open`: the one that has come since the run before, if any; `next`: when it is told of what does not go with that.
    """

    def __init__(self, at: Location, waves: Waves, terms: Terms) -> None:
        self.zone = ZoneInfo(at.timezone)
        passed = _last(at, waves, terms.rules, terms.as_of)
        # A wave that an earlier run has seen come has gone.
        is_open = passed is not None and (terms.last_run_at is None or passed > terms.last_run_at)
        self.open = passed if is_open else None
        coming = _next(at, waves, terms.rules, terms.as_of)
        most = timedelta.max if waves.wait_hours is None else timedelta(hours=waves.wait_hours)
        self.next = coming if coming is not None and coming - terms.as_of <= most else terms.as_of

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
            last = _last(at, waves, rules, now)
            if last is not None:
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


def _last(at: Location, waves: Waves, rules: Rules, now: datetime) -> datetime | None:
    times = (_times(at, waves, rules, day) for day in _days(at, now, -1))
    return next((max(passed) for day in times if (passed := [time for time in day if time <= now])), None)


def _next(at: Location, waves: Waves, rules: Rules, now: datetime) -> datetime | None:
    times = (_times(at, waves, rules, day) for day in _days(at, now, 1))
    return next((min(coming) for day in times if (coming := [time for time in day if time > now])), None)


def _days(at: Location, now: datetime, step: int) -> Iterator[date]:
    today = now.astimezone(ZoneInfo(at.timezone)).date()
    return (today + step * timedelta(days=days) for days in range(DAYS_AHEAD))


def _times(at: Location, waves: Waves, rules: Rules, day: date) -> list[datetime]:
    """The waves of a day of the place's calendar."""
    if day.weekday() not in waves.days or not works_on(at, rules, day):
        return []
    return [datetime.combine(day, clock, ZoneInfo(at.timezone)).astimezone(UTC) for clock in waves.at]
